/** Maps of the sandbox against plain JavaScript, by random operations: the same answers, and no pointer that outlives its element. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mapSpec, testMap } from "../machine.testing.ts";
import type { Machine } from "../machine.ts";
import { mapErrors, type SandboxMap } from "./map.ts";

const keyOf = (number: number, sizeBytes: number): Uint8Array => {
  const key = new Uint8Array(sizeBytes).fill(number & 0xff);
  key[0] = number;
  return key;
};
const valueOf = (number: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(number)).buffer);
const numberOf = (value: Uint8Array): number => Number(new BigUint64Array(value.slice().buffer)[0]);

/** A program's side of a map, by numbers. */
function programSide(map: SandboxMap, machine: Machine) {
  const keyAt = machine.allocate(64);
  const valueAt = machine.allocate(8);
  const put = (key: Uint8Array) => machine.u8.set(key, keyAt);
  return {
    lookup(key: Uint8Array): readonly [number, number] | undefined {
      put(key);
      return map.program.lookup(keyAt) ? [map.program.low, map.program.high] : undefined;
    },
    update(key: Uint8Array, value: number, flags: number): number {
      put(key);
      machine.u8.set(valueOf(value), valueAt);
      return map.program.update(keyAt, valueAt, flags);
    },
    remove(key: Uint8Array): number {
      put(key);
      return map.program.remove(keyAt);
    },
    read(pointer: readonly [number, number]): number | undefined {
      const at = machine.locate(pointer[0], pointer[1], 8);
      return at < 0 ? undefined : Number(machine.view.getBigUint64(at, true));
    },
  };
}

const operations = (keys: number) =>
  fc.array(
    fc.record({
      kind: fc.constantFrom("update", "update", "update", "remove", "lookup"),
      key: fc.nat({ max: keys - 1 }),
      value: fc.nat(),
      flags: fc.constantFrom(0, 0, 0, 1, 2),
      byUser: fc.boolean(),
    }),
    { maxLength: 200 },
  );

test("a hash is a Map that refuses when it is full", () => {
  fc.assert(
    fc.property(
      operations(12),
      fc.constantFrom(1, 3, 4, 6, 8, 13),
      fc.constantFrom(1, 5, 8),
      (steps, keySizeBytes, maxEntries) => {
        const { map, machine } = testMap(mapSpec({ type: "hash", keySizeBytes, maxEntries }));
        const side = programSide(map, machine);
        const model = new Map<number, number>();
        const pointers = new Map<number, readonly [number, number]>();
        for (const { kind, key: number, value, flags, byUser } of steps) {
          const key = keyOf(number, keySizeBytes);
          if (kind === "update") {
            const result = byUser ? map.update(key, valueOf(value), flags) : side.update(key, value, flags);
            const exists = model.has(number);
            const wanted =
              flags === 1 && exists
                ? mapErrors.exists
                : flags === 2 && !exists
                  ? mapErrors.noEntry
                  : !exists && model.size === maxEntries
                    ? mapErrors.full
                    : mapErrors.ok;
            assert.equal(result, wanted);
            if (wanted === mapErrors.ok) model.set(number, value);
          } else if (kind === "remove") {
            const wanted = model.delete(number);
            assert.equal(byUser ? map.remove(key) : side.remove(key) === 0, wanted);
            const stale = pointers.get(number);
            if (wanted && stale !== undefined) assert.equal(side.read(stale), undefined);
            pointers.delete(number);
          } else if (byUser) {
            const found = map.get(key);
            assert.equal(found && numberOf(found), model.get(number));
          } else {
            const pointer = side.lookup(key);
            assert.equal(pointer && side.read(pointer), model.get(number));
            if (pointer !== undefined) pointers.set(number, pointer);
          }
          for (const [held, pointer] of pointers) assert.equal(side.read(pointer), model.get(held));
        }
        assert.deepEqual(new Set([...map.keys()].map((key) => key[0])), new Set(model.keys()));
      },
    ),
  );
});

/** One list, the oldest first; what was looked up gets a second round. */
class RecentlyUsed {
  readonly entries = new Map<number, { value: number; referenced: boolean }>();
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  set(key: number, value: number): void {
    const entry = this.entries.get(key);
    if (entry !== undefined) {
      entry.value = value;
      entry.referenced = true;
      return;
    }
    while (this.entries.size === this.capacity) {
      const [oldest, held] = this.entries.entries().next().value!;
      this.entries.delete(oldest);
      if (held.referenced) this.entries.set(oldest, { ...held, referenced: false });
    }
    this.entries.set(key, { value, referenced: false });
  }
}

test("a least recently used hash lets go what no program looked up", () => {
  fc.assert(
    fc.property(operations(16), fc.constantFrom(1, 4, 7), (steps, maxEntries) => {
      const { map, machine } = testMap(mapSpec({ type: "lruHash", maxEntries }));
      const side = programSide(map, machine);
      const model = new RecentlyUsed(maxEntries);
      for (const { kind, key: number, value, byUser } of steps) {
        const key = keyOf(number, 4);
        if (kind === "update") {
          assert.equal(byUser ? map.update(key, valueOf(value), 0) : side.update(key, value, 0), 0);
          model.set(number, value);
        } else if (kind === "remove") {
          assert.equal(byUser ? map.remove(key) : side.remove(key) === 0, model.entries.delete(number));
        } else if (byUser) {
          const found = map.get(key);
          assert.equal(found && numberOf(found), model.entries.get(number)?.value);
        } else {
          const pointer = side.lookup(key);
          const entry = model.entries.get(number);
          assert.equal(pointer && side.read(pointer), entry?.value);
          if (entry !== undefined) entry.referenced = true;
        }
      }
      assert.deepEqual(new Set([...map.keys()].map((key) => key[0])), new Set(model.entries.keys()));
    }),
  );
});

const prefix = fc.record({ length: fc.nat({ max: 17 }), bits: fc.nat({ max: 0xffff }) });

test("a trie finds the longest prefix, as a search through all does", () => {
  const keyBytes = ({ length, bits }: { length: number; bits: number }) =>
    Uint8Array.of(length, 0, 0, 0, bits >> 8, bits & 0xff);
  const masked = (bits: number, length: number) => (length === 0 ? 0 : (bits >> (16 - length)) << (16 - length));
  const steps = fc.array(
    fc.record({
      kind: fc.constantFrom("update", "update", "remove", "lookup"),
      at: prefix,
      value: fc.nat(),
      flags: fc.constantFrom(0, 0, 1, 2),
    }),
    { maxLength: 120 },
  );
  fc.assert(
    fc.property(steps, fc.constantFrom(1, 4, 64), (all, maxEntries) => {
      const { map } = testMap(mapSpec({ type: "lpmTrie", keySizeBytes: 6, maxEntries, flags: 1 }));
      const model = new Map<string, { length: number; bits: number; value: number }>();
      for (const { kind, at, value, flags } of all) {
        const name = `${at.length} ${masked(at.bits, Math.min(at.length, 16))}`;
        const exists = model.has(name);
        if (kind === "update") {
          const wanted =
            at.length > 16
              ? mapErrors.invalid
              : flags === 1 && exists
                ? mapErrors.exists
                : flags === 2 && !exists
                  ? mapErrors.noEntry
                  : !exists && model.size === maxEntries
                    ? mapErrors.noSpace
                    : mapErrors.ok;
          assert.equal(map.update(keyBytes(at), valueOf(value), flags), wanted);
          if (wanted === mapErrors.ok) model.set(name, { ...at, value });
        } else if (kind === "remove") {
          assert.equal(map.remove(keyBytes(at)), at.length <= 16 && model.delete(name));
        } else {
          const found = map.get(keyBytes(at));
          const fitting = [...model.values()].filter(
            ({ length, bits }) =>
              at.length <= 16 && length <= at.length && masked(bits, length) === masked(at.bits, length),
          );
          const wanted = fitting.sort((one, other) => other.length - one.length)[0]?.value;
          assert.equal(found && numberOf(found), wanted);
        }
      }
      assert.equal([...map.keys()].length, model.size);
    }),
  );
});

test("queues and stacks are arrays with an end", () => {
  const steps = fc.array(fc.record({ kind: fc.constantFrom("push", "replace", "pop", "peek"), value: fc.nat() }), {
    maxLength: 100,
  });
  fc.assert(
    fc.property(
      steps,
      fc.constantFrom("queue" as const, "stack" as const),
      fc.constantFrom(1, 3),
      (all, type, maxEntries) => {
        const { map, machine } = testMap(mapSpec({ type, keySizeBytes: 0, maxEntries }));
        const at = machine.allocate(8);
        const model: number[] = [];
        const next = () => (type === "queue" ? model[0] : model.at(-1));
        for (const { kind, value } of all) {
          if (kind === "push" || kind === "replace") {
            machine.u8.set(valueOf(value), at);
            const isFull = model.length === maxEntries;
            const result = map.program.push!(at, kind === "push" ? 0 : 2);
            assert.equal(result, isFull && kind === "push" ? mapErrors.full : 0);
            if (result === 0 && isFull) model.shift();
            if (result === 0) model.push(value);
          } else {
            const wanted = next();
            const result = kind === "pop" ? map.program.pop!(at) : map.program.peek!(at);
            assert.equal(result, wanted === undefined ? mapErrors.noEntry : 0);
            assert.equal(Number(machine.view.getBigUint64(at, true)), wanted ?? 0);
            if (kind === "pop") type === "queue" ? model.shift() : model.pop();
          }
        }
      },
    ),
  );
});
