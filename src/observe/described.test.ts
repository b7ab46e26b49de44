import assert from "node:assert/strict";
import { test } from "node:test";
import { u32 } from "../bytes/index.ts";
import { loadCollection, perCpuValues, readRingBuffer, testRun } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { addressOf } from "../kernel/libc.ts";
import { Ended, Moved, Opened } from "../programs/described.ts";
import { Direction, End, Role, Settings, Totals } from "../programs/layouts.ts";
import { PayloadKind } from "../programs/payload.ts";
import { loadSandbox } from "../vm/sandbox.ts";
import { compiledPrograms } from "./compiled.ts";
import { drainRecords } from "./described-events.ts";
import { type ObservedEvent, readEvent } from "./events.ts";

const cookie = 77n;
const text = (bytes: string) => new TextEncoder().encode(bytes);
const name = new Uint8Array(16);
name.set(text("node"));

/** Something that runs the programs of described events. */
interface Runtime {
  run(program: string, context: Uint8Array): void;
  /** Puts bytes into what programs take for user memory: their address. */
  place(bytes: Uint8Array): bigint;
  records(): ObservedEvent[];
  totals(): Totals;
  close(): void;
}

/** In the kernel by test runs, where user memory is this process's own: what the sandbox is compared with. */
function kernelRuntime(): Runtime {
  const collection = loadCollection(compiledPrograms("described"));
  const ring = readRingBuffer(collection.map("records"));
  collection.map("settings").set(u32.encode(0), Settings.encode({ exchangeStride: 1, padding: 0 }));
  /** It must stay where it is. */
  const kept: Uint8Array[] = [];
  return {
    run: (program, context) => void testRun(collection.program(program), { context }),
    place(bytes) {
      kept.push(bytes);
      return addressOf(bytes);
    },
    records() {
      const records: ObservedEvent[] = [];
      ring.drain((view, offset, lengthBytes) => records.push(copyOf(view, offset, lengthBytes)));
      return records;
    },
    totals: () =>
      perCpuValues(collection.map("totals"), u32.encode(0), Totals).reduce((sum, part) =>
        part.serverExchanges + part.clientExchanges > 0n ? part : sum,
      ),
    close() {
      assert.ok(kept.length >= 0);
      ring.close();
      collection.close();
    },
  };
}

/** In the sandbox, where user memory is what was placed. */
function sandboxRuntime(): Runtime {
  const memory = new Map<bigint, Uint8Array>();
  let free = 0x7f00_0000_0000n;
  const sandbox = loadSandbox(compiledPrograms("described"), {
    surroundings: {
      readUser(address, into) {
        for (const [at, bytes] of memory) {
          const offset = Number(address - at);
          if (offset < 0 || offset + into.length > bytes.length) continue;
          into.set(bytes.subarray(offset, offset + into.length));
          return true;
        }
        return false;
      },
    },
  });
  sandbox.map("settings").update(u32.encode(0), Settings.encode({ exchangeStride: 1, padding: 0 }), 0);
  return {
    run: (program, context) => void sandbox.program(program).run({ context }),
    place(bytes) {
      const address = free;
      memory.set(address, bytes);
      free += BigInt((bytes.length + 4095) & ~4095);
      return address;
    },
    records() {
      const records: ObservedEvent[] = [];
      drainRecords(sandbox.map("records"), (view, offset, lengthBytes) =>
        records.push(copyOf(view, offset, lengthBytes)),
      );
      return records;
    },
    totals() {
      const value = sandbox.map("totals").get(u32.encode(0))!;
      return Totals.decode(new DataView(value.buffer, value.byteOffset, value.byteLength));
    },
    close: () => {},
  };
}

function copyOf(view: DataView, offset: number, lengthBytes: number): ObservedEvent {
  const copy = new Uint8Array(view.buffer, view.byteOffset + offset, lengthBytes).slice();
  return readEvent(new DataView(copy.buffer), 0)!;
}

/** The exchange core, told what a connection does. */
interface Core {
  opened(role: number): void;
  moved(direction: number, bytes: Uint8Array | readonly Uint8Array[], timeNs: bigint): void;
  ended(end: number): void;
  records(): ObservedEvent[];
  totals(): Totals;
}

function coreOn({ run, place, records, totals }: Runtime): Core {
  const tableOf = (buffers: readonly Uint8Array[]) => {
    const table = new BigUint64Array(buffers.flatMap((bytes) => [place(bytes), BigInt(bytes.length)]));
    return place(new Uint8Array(table.buffer));
  };
  return {
    records,
    totals,
    opened(role) {
      run(
        "opened",
        Opened.encode({
          cookie,
          localHigh: 0n,
          localLow: 0x0100007f_ffff0000n,
          peerHigh: 0n,
          peerLow: 0x0100007f_ffff0000n,
          startNs: 1n,
          localPort: 8080,
          peerPort: 50_000,
          role,
          padding: new Uint8Array(3),
          process: 4711,
          padding2: 0,
          name,
        }),
      );
    },
    moved(direction, bytes, timeNs) {
      const isTable = !(bytes instanceof Uint8Array);
      const lengthBytes = isTable ? bytes.reduce((sum, part) => sum + part.length, 0) : bytes.length;
      run(
        "transfer",
        Moved.encode({
          cookie,
          lengthBytes: BigInt(lengthBytes),
          startNs: timeNs,
          endNs: timeNs + 1n,
          address: isTable ? tableOf(bytes) : place(bytes),
          bufferCount: isTable ? bytes.length : 0,
          payloadKind: isTable ? PayloadKind.userVector : PayloadKind.buffer,
          direction,
          padding: new Uint8Array(7),
        }),
      );
    },
    ended(end) {
      run("ended", Ended.encode({ cookie, endNs: 9000n, sentBytes: 40n, receivedBytes: 50n, end, padding: 0 }));
    },
  };
}

/** A test of the core in both runtimes: the same records and counts are wanted of both. */
function coreTest(title: string, use: (core: Core) => void): void {
  const runIn = (runtime: Runtime) => {
    try {
      use(coreOn(runtime));
    } finally {
      runtime.close();
    }
  };
  kernelTest(`${title} (kernel)`, () => runIn(kernelRuntime()));
  test(`${title} (sandbox)`, () => runIn(sandboxRuntime()));
}

const request = text("GET /described HTTP/1.1\r\nHost: a\r\n\r\n");
const response = text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

coreTest("a described request and its response are one exchange, then the connection ends", (core) => {
  core.opened(Role.server);
  core.moved(Direction.received, request, 1000n);
  core.moved(Direction.sent, response, 2000n);
  core.ended(End.closed);
  const [exchange, connection, ...more] = core.records();
  assert.ok(exchange?.kind === "exchange");
  assert.equal(Buffer.from(exchange.requestText).toString(), Buffer.from(request).toString());
  assert.deepEqual([exchange.requestStartNs, exchange.responseEndNs], [1000, 2001]);
  assert.deepEqual([exchange.endpoint.process, exchange.endpoint.role], [4711, Role.server]);
  assert.ok(connection?.kind === "connection");
  assert.deepEqual(
    [connection.startNs, connection.endNs, connection.sentBytes, connection.receivedBytes, connection.end],
    [1, 9000, 40, 50, End.closed],
  );
  assert.deepEqual(more, []);
  assert.equal(core.totals().serverExchanges, 1n);
});

coreTest("a head that stands in several buffers is read from all of them", (core) => {
  core.opened(Role.server);
  core.moved(Direction.received, [request.subarray(0, 10), request.subarray(10)], 1000n);
  core.moved(Direction.sent, [response.subarray(0, 20), response.subarray(20)], 2000n);
  const [exchange] = core.records();
  assert.ok(exchange?.kind === "exchange");
  assert.equal(Buffer.from(exchange.requestText).toString(), Buffer.from(request).toString());
});

coreTest("what is not provably one request goes out as segments", (core) => {
  core.opened(Role.server);
  core.moved(Direction.received, request.subarray(0, 10), 1000n);
  core.moved(Direction.received, request.subarray(10), 1100n);
  assert.deepEqual(
    core.records().map(({ kind }) => kind),
    ["switched", "segment", "segment"],
  );
});

coreTest("an older connection is joined at its next request", (core) => {
  core.opened(Role.unknown);
  core.moved(Direction.sent, text("the end of something"), 500n);
  core.moved(Direction.received, request, 1000n);
  core.moved(Direction.sent, response, 2000n);
  const [exchange] = core.records();
  assert.equal(exchange?.kind, "exchange");
  assert.equal(exchange?.endpoint.role, Role.server);
});

coreTest("a request that its connection leaves behind is unfinished, and nothing is told after the end", (core) => {
  core.opened(Role.client);
  core.moved(Direction.sent, request, 1000n);
  core.ended(End.reset);
  core.moved(Direction.received, response, 2000n);
  core.ended(End.closed);
  assert.deepEqual(
    core.records().map(({ kind }) => kind),
    ["unfinished", "connection"],
  );
});
