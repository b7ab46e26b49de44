import assert from "node:assert/strict";
import { test } from "node:test";
import * as counter from "./counter.testing.ts";
import { type LiveCollection, load } from "./index.ts";
import { kernelTest } from "./kernel/kernel-tests.testing.ts";

type Counter = typeof import("./counter.testing.ts");

const source = new URL("../../src/counter.testing.ts", import.meta.url);

/** Loads the module for the time of a call. */
async function withCounter(
  use: (collection: LiveCollection<Counter>) => void | Promise<void>,
  config: { step?: bigint } = {},
): Promise<void> {
  const collection = await load<Counter>(source, { config });
  try {
    await use(collection);
  } finally {
    collection.close();
  }
}

kernelTest("programs run and maps are read in the types of their module", () =>
  withCounter(({ programs, maps, globals }) => {
    programs.count.run([3n, 80n]);
    programs.count.run([4n, 80n]);
    programs.count.run([9n, 443n]);
    const port = (number: number) => ({ port: number, name: new TextEncoder().encode("port") });
    assert.deepEqual(maps.totals.get(port(80)), { count: 7n, last: 4 });
    const counts = new Map<number, bigint>();
    for (const [key, { count }] of maps.totals) counts.set(key.port, count);
    assert.deepEqual([counts.get(80), counts.get(443), counts.size], [7n, 9n, 2]);
    assert.equal(maps.totals.set(port(1), { count: 1n, last: 1 }), true);
    assert.equal(maps.totals.delete(port(1)), true);
    assert.equal(
      maps.hits.reduce(0, (sum, { count }) => sum + count, 0n),
      3n,
    );
    assert.equal(globals.seen.value, 3n);
    globals.seen.value = 10n;
    programs.count.run([1n, 1n]);
    assert.equal(globals.seen.value, 11n);
    maps.waiting.push({ count: 1n, last: 2 });
    assert.deepEqual(maps.waiting.pop(), { count: 1n, last: 2 });
  }),
);

kernelTest("records come in the type that the program sent, or by a schema, and are their reader's own", () =>
  withCounter(async ({ programs, maps: { events } }) => {
    const name = new TextEncoder().encode("port");
    programs.count.run([3n, 80n]);
    const known: unknown[] = [];
    assert.equal(
      events.drain((event) => known.push(event)),
      1,
    );
    assert.deepEqual(known, [{ number: 3n, port: 80, name }]);
    const ports: number[] = [];
    const reading = events.read(counter.Event, (event) => ports.push(event.port), 1);
    assert.throws(() => events.read(() => {}), { code: "RING_READ" });
    programs.count.run([4n, 443n]);
    while (ports.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.deepEqual(ports, [443]);
    reading.close();
    const failing = events.read(() => {
      throw new Error("enough");
    }, 1);
    programs.count.run([5n, 1n]);
    await assert.rejects(failing.failed, /enough/);
  }),
);

kernelTest("configuration is set by the module's own names", () =>
  withCounter(
    ({ programs, maps }) => {
      programs.count.run([3n, 80n]);
      assert.deepEqual([...maps.totals.values()], [{ count: 30n, last: 3 }]);
    },
    { step: 10n },
  ),
);

kernelTest("a name that is not there is an error of its own", () =>
  withCounter((collection) => {
    const maps = collection.maps as unknown as Record<string, unknown>;
    assert.throws(() => maps["totls"], { code: "NAME_UNKNOWN", message: /no map totls; it has totals, hits/ });
    assert.equal(collection.programs.count.name, "count");
  }),
);

kernelTest("a closed collection is gone, also by `using`", async () => {
  const collection = await load<Counter>(source);
  collection[Symbol.dispose]();
  await collection[Symbol.asyncDispose]();
  assert.throws(() => [...collection.maps.totals]);
});

test("a module that is not there, or not built, says what to do", async () => {
  const beside = (name: string) => new URL(name, import.meta.url);
  await assert.rejects(load(beside("./absent.ts")), { code: "MODULE_ABSENT" });
  await assert.rejects(load(beside("./counter.testing.js")), { code: "MODULE_NOT_BUILT" });
  await assert.rejects(load(new URL("https://example.org/flows.ts")), { code: "MODULE_URL" });
});

/** Only compiled, never run: what TypeScript knows of a loaded collection. */
export function whatIsTyped({ programs, maps, globals }: LiveCollection<Counter>): void {
  programs.count.attach();
  // @ts-expect-error a raw tracepoint is attached to no cgroup
  programs.count.attach({ cgroup: "/" });
  // @ts-expect-error there is no such program
  programs.cuont.attach();
  // @ts-expect-error a count is a bigint
  maps.totals.set({ port: 1, name: new Uint8Array(4) }, { count: 1, last: 1 });
  // @ts-expect-error values of all processors
  maps.hits.get(0)?.count;
  // @ts-expect-error a schema is no map
  maps.Total;
  globals.seen.value += 1n;
}
