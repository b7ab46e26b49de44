/** Where a tracer's events go: the exchange core, as programs in the sandbox. */

import { u32, u64 } from "../bytes/index.ts";
import { Ended, Moved, Opened, Owned } from "../programs/described.ts";
import { Directive, latencyBucketCount, Settings, Totals } from "../programs/layouts.ts";
import type { Connection, EventSink } from "../tracer/index.ts";
import { SandboxFault } from "../vm/faults.ts";
import type { SandboxMap } from "../vm/maps/map.ts";
import { loadSandbox, type Sandbox } from "../vm/sandbox.ts";
import { compiledPrograms } from "./compiled.ts";
import { fieldOffset as at } from "./field-offset.ts";
import { addTotals, type Counts } from "./summary.ts";

/** The exchange core, fed with described events. */
export interface DescribedEvents extends EventSink {
  /** Reports a connection that is still open as it is at `timeNs`. */
  stillOpen(connection: Connection, timeNs: bigint): void;
  /** Hands every record that is ready to `consume`. */
  drain(consume: (view: DataView, offset: number, lengthBytes: number) => void): void;
  setStride(stride: number): void;
  setDirective(cookie: bigint, directive: Directive): void;
  deleteDirective(cookie: bigint): void;
  counts(): Counts;
}

const nameBytes = 16;
/** An entry of a table of buffers, and so much of the table as is read at once. */
const entryBytes = 16;
const lineBytes = 128;
const busyBit = 0x8000_0000;
const discardBit = 0x4000_0000;
const headerBytes = 8;

/** `readMemory` reads memory of a thread that is stopped. `isRecorded`: each transfer is told of, too. */
export function describedEvents(
  readMemory: (tid: number, address: bigint, into: Uint8Array) => boolean,
  isRecorded = false,
): DescribedEvents {
  let tid = 0;
  // Tables of buffers are read an entry at a time: one look at the process is enough for all of them.
  const line = new Uint8Array(lineBytes);
  let lineAddress = 0n;
  let lineIsRead = false;
  const readUser = (address: bigint, into: Uint8Array): boolean => {
    if (into.length > entryBytes) return readMemory(tid, address, into);
    const offset = Number(address - lineAddress);
    if (lineIsRead && offset >= 0 && offset + into.length <= lineBytes) {
      into.set(line.subarray(offset, offset + into.length));
      return true;
    }
    lineIsRead = readMemory(tid, address, line);
    lineAddress = address;
    if (!lineIsRead) return readMemory(tid, address, into);
    into.set(line.subarray(0, into.length));
    return true;
  };
  const sandbox = loadSandbox(compiledPrograms("described"), {
    config: { recording: isRecorded ? 1 : 0 },
    surroundings: {
      now: () => process.hrtime.bigint(),
      readUser,
    },
  });
  let faults = 0;
  const runner = (name: string, sizeBytes: number) => {
    const program = sandbox.program(name);
    const bytes = new Uint8Array(sizeBytes);
    return {
      bytes,
      view: new DataView(bytes.buffer),
      run() {
        try {
          program.call(bytes);
        } catch (error) {
          // The command goes on whatever is wrong here; what was not told is counted.
          if (!(error instanceof SandboxFault)) throw error;
          faults++;
        }
      },
    };
  };
  const opened = runner("opened", Opened.sizeBytes);
  const owned = runner("owned", Owned.sizeBytes);
  const moved = runner("transfer", Moved.sizeBytes);
  const ended = runner("ended", Ended.sizeBytes);

  const end = (connection: Connection, endNs: bigint) => {
    const { view } = ended;
    view.setBigUint64(endedAt.cookie, connection.cookie, true);
    view.setBigUint64(endedAt.endNs, endNs, true);
    view.setBigUint64(endedAt.sentBytes, BigInt(connection.sentBytes), true);
    view.setBigUint64(endedAt.receivedBytes, BigInt(connection.receivedBytes), true);
    view.setUint32(endedAt.end, connection.end, true);
    ended.run();
  };

  const events: DescribedEvents = {
    opened(connection, name) {
      const { view, bytes } = opened;
      view.setBigUint64(openedAt.cookie, connection.cookie, true);
      bytes.set(connection.local.address, openedAt.local);
      bytes.set(connection.peer.address, openedAt.peer);
      view.setUint16(openedAt.localPort, connection.local.port, true);
      view.setUint16(openedAt.peerPort, connection.peer.port, true);
      view.setBigUint64(openedAt.startNs, connection.startNs, true);
      view.setUint8(openedAt.role, connection.role);
      view.setUint32(openedAt.process, connection.process, true);
      setName(bytes, openedAt.name, name);
      opened.run();
    },
    owned(connection, name) {
      const { view, bytes } = owned;
      view.setBigUint64(ownedAt.cookie, connection.cookie, true);
      view.setUint32(ownedAt.process, connection.process, true);
      setName(bytes, ownedAt.name, name);
      owned.run();
    },
    transfer(connection, transfer) {
      const { view } = moved;
      tid = transfer.tid;
      lineIsRead = false;
      view.setBigUint64(movedAt.cookie, connection.cookie, true);
      view.setUint32(movedAt.lengthBytes, transfer.lengthBytes, true);
      view.setBigUint64(movedAt.startNs, transfer.startNs, true);
      view.setBigUint64(movedAt.endNs, transfer.endNs, true);
      view.setBigUint64(movedAt.address, transfer.address, true);
      view.setUint32(movedAt.bufferCount, transfer.bufferCount, true);
      view.setUint32(movedAt.payloadKind, transfer.payload, true);
      view.setUint8(movedAt.direction, transfer.direction);
      moved.run();
    },
    ended: (connection) => end(connection, connection.endNs),
    stillOpen: end,
    drain: (consume) => drainRecords(sandbox.map("records"), consume),
    setStride(stride) {
      sandbox.map("settings").update(u32.encode(0), Settings.encode({ exchangeStride: stride, padding: 0 }), 0);
    },
    setDirective(cookie, directive) {
      sandbox.map("directives").update(u64.encode(cookie), Directive.encode(directive), 0);
    },
    deleteDirective: (cookie) => void sandbox.map("directives").remove(u64.encode(cookie)),
    counts: () => readCounts(sandbox, faults),
  };
  events.setStride(1);
  return events;
}

/** Hands every record in a ring buffer of the sandbox to `consume`, as the kernel's reader does. */
export function drainRecords(
  map: SandboxMap,
  consume: (view: DataView, offset: number, lengthBytes: number) => void,
): void {
  const { consumer, producer, data } = map.ring!.memory();
  const sizeBytes = data.byteLength / 2;
  let position = Number(consumer[0]);
  const last = Number(producer[0]);
  while (position < last) {
    const offset = position % sizeBytes;
    const header = data.getUint32(offset, true);
    const lengthBytes = header & ~(busyBit | discardBit);
    if ((header & discardBit) === 0) consume(data, offset + headerBytes, lengthBytes);
    position += (headerBytes + lengthBytes + 7) & ~7;
  }
  consumer[0] = BigInt(position);
}

const openedAt = {
  cookie: at(Opened, "cookie"),
  local: at(Opened, "localHigh"),
  peer: at(Opened, "peerHigh"),
  startNs: at(Opened, "startNs"),
  localPort: at(Opened, "localPort"),
  peerPort: at(Opened, "peerPort"),
  role: at(Opened, "role"),
  process: at(Opened, "process"),
  name: at(Opened, "name"),
};
const ownedAt = { cookie: at(Owned, "cookie"), process: at(Owned, "process"), name: at(Owned, "name") };
const movedAt = {
  cookie: at(Moved, "cookie"),
  lengthBytes: at(Moved, "lengthBytes"),
  startNs: at(Moved, "startNs"),
  endNs: at(Moved, "endNs"),
  address: at(Moved, "address"),
  bufferCount: at(Moved, "bufferCount"),
  payloadKind: at(Moved, "payloadKind"),
  direction: at(Moved, "direction"),
};
const endedAt = {
  cookie: at(Ended, "cookie"),
  endNs: at(Ended, "endNs"),
  sentBytes: at(Ended, "sentBytes"),
  receivedBytes: at(Ended, "receivedBytes"),
  end: at(Ended, "end"),
};

function setName(bytes: Uint8Array, offset: number, name: string): void {
  bytes.fill(0, offset, offset + nameBytes);
  bytes.set(Buffer.from(name, "latin1").subarray(0, nameBytes - 1), offset);
}

function readCounts(sandbox: Sandbox, faults: number): Counts {
  const totals = Totals.decode(valueOf(sandbox, "totals", 0));
  const countOf = (index: number) => Number(valueOf(sandbox, "latencies", index).getBigUint64(0, true));
  const latencies = Array.from(
    { length: latencyBucketCount },
    (_, bucket) => countOf(bucket) + countOf(bucket + latencyBucketCount),
  );
  return { totals: addTotals([totals]), skipped: faults, latencies };
}

/** The only processor's value in a per-CPU array. */
function valueOf(sandbox: Sandbox, map: string, index: number): DataView {
  const value = sandbox.map(map).get(u32.encode(index))!;
  return new DataView(value.buffer, value.byteOffset, value.byteLength);
}
