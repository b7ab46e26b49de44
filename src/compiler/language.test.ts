/** What each part of the language does, run in the kernel. */

import assert from "node:assert/strict";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { runText } from "./compile.testing.ts";

/** A program that gets `out`, a struct with `words` and `data`, and the arguments `a`, `b` and `c`. */
function program(body: string, before = ""): string {
  return `
    const Part = struct({ small: u8, wide: u64, signed: i16 });
    const Out = struct({ words: array(u64, 4), data: bytes(32), parts: array(Part, 3), count: u32, counter: u64 });
    type Out = ValueOf<typeof Out>;
    export const result = arrayMap({ value: Out, maxEntries: 1 });
    ${before}
    export const run = rawTracepoint("sys_enter", (a: u64, b: u64, c: u64): void => {
      const out = result.get(0);
      if (out === null) return;
      ${body}
    });`;
}

function gives(name: string, { body, before, args = [0n, 0n, 0n] }: Case, ...expected: bigint[]): void {
  kernelTest(name, () => assert.deepEqual(runText(program(body, before), args, expected.length), expected));
}

interface Case {
  readonly body: string;
  readonly before?: string;
  readonly args?: readonly bigint[];
}

gives(
  "an integer inside a byte string is read and written where it fits",
  {
    body: `out.data.store(u32, 28, 0xdeadbeef);
      out.data.store(u32, u32(a), 7);
      out.words[0] = u64(out.data.load(u32, u32(b)));
      out.words[1] = u64(out.data.load(u32, u32(c)));`,
    args: [29n, 28n, 29n],
  },
  0xdeadbeefn,
  0n,
);

gives(
  "an element out of range reads as zero, and is not written",
  {
    body: `const i = u32(a);
      out.words[i] = 9n;
      out.parts[2]!.wide = 5n;
      out.parts[u32(b)]!.signed = -2;
      out.words[1] = out.parts[u32(b)]!.wide;
      out.words[2] = u64(out.parts.at(u32(b)).signed);
      out.words[3] = out.parts[u32(c)]!.wide;`,
    args: [4n, 2n, 3n],
  },
  0n,
  5n,
  2n ** 64n - 2n,
  0n,
);

gives(
  "bytes are copied between places, and refused where they would not fit",
  {
    body: `const source = Source.zero();
      source.data.store(u64, 0, 0x1122334455667788n);
      const length = min(u32(a), 8);
      out.words[0] = out.data.copy(u32(b), length, source.data, 0) ? 1n : 0n;
      out.words[1] = out.data.load(u64, 16);
      out.words[2] = out.data.copy(u32(c), length, source.data, 0) ? 1n : 0n;
      out.words[3] = out.data.copy(30, u32(a), source.data, 0) ? 1n : 0n;`,
    before: "const Source = struct({ data: bytes(8) });",
    args: [3n, 16n, 25n],
  },
  1n,
  0x667788n,
  0n,
  0n,
);

gives(
  "a slice is a view",
  {
    body: "out.data.slice(8, 8).store(u8, 1, 5); out.words[0] = out.data.load(u64, 8); out.words[1] = u64(out.data.slice(4, 12).length);",
  },
  0x500n,
  12n,
);

gives(
  "kernel memory is read through an address",
  {
    body: `out.words[1] = 77n;
      const part = Word.zero();
      out.words[0] = readKernel(part, addressOf(out) + 8n) ? part.value : 0n;
      out.words[2] = readKernel(part, 8n) ? 1n : 0n;
      out.words[3] = part.value;`,
    before: "const Word = struct({ value: u64 });",
  },
  77n,
  77n,
  0n,
  0n,
);

gives(
  "a hash map keeps what is put into it",
  {
    body: `const key = Key.zero();
      key.id = u32(a);
      out.words[0] = entries.has(key) ? 1n : 0n;
      const entry = entries.getOrInsert(key, Entry.zero());
      if (entry === null) return;
      entry.hits += 3n;
      const again = entries.get(key);
      if (again !== null) out.words[1] = again.hits;
      out.words[2] = entries.delete(key) && !entries.has(key) && !entries.delete(key) ? 1n : 0n;
      counts.set(u64(b), 5);
      const count = counts.get(b);
      if (count !== null) { count.value += 2; out.words[3] = u64(count.value); }`,
    before: `const Key = struct({ id: u32, kind: u8 });
      const Entry = struct({ hits: u64 });
      export const entries = hash({ key: Key, value: Entry, maxEntries: 4 });
      export const counts = hash({ key: u64, value: u32, maxEntries: 4 });`,
    args: [7n, 9n, 0n],
  },
  0n,
  3n,
  1n,
  7n,
);

gives(
  "atomic operations return what was there before",
  {
    body: `out.words[0] = atomic.add(out, "counter", a);
      out.words[1] = atomic.exchange(out, "counter", 50n);
      out.words[2] = atomic.compareExchange(out, "counter", 50n, 60n);
      atomic.add(out, "count", 2);
      out.words[3] = atomic.compareExchange(out, "counter", 50n, 70n) + u64(out.count);`,
    args: [4n, 0n, 0n],
  },
  0n,
  4n,
  50n,
  62n,
);

gives(
  "atomic operations on an element work where there is one, and give 0 where there is none",
  {
    body: `const inside = u32(a);
      const outside = u32(b);
      atomic.add(out.parts[inside]!, "wide", 5n);
      atomic.add(out.parts[outside]!, "wide", 7n);
      out.words[0] = atomic.exchange(out.parts[inside]!, "wide", 20n);
      out.words[1] = atomic.compareExchange(out.parts[inside]!, "wide", 20n, 30n) + atomic.add(out.parts[outside]!, "wide", 1n);
      out.words[2] = out.parts[2]!.wide;
      out.words[3] = out.parts[0]!.wide + out.parts[1]!.wide + atomic.exchange(out.parts[u32(c)]!, "wide", 1n);`,
    args: [2n, 3n, 2n ** 32n - 1n],
  },
  5n,
  20n,
  30n,
  0n,
);

kernelTest("atomic operations on an element of an array in an element", () => {
  const text = (body: string) => `
    const Row = struct({ cells: array(struct({ count: u32, total: u64 }), 4) });
    const Table = struct({ words: array(u64, 2), rows: array(Row, 3) });
    export const result = arrayMap({ value: Table, maxEntries: 1 });
    export const run = rawTracepoint("sys_enter", (a: u64, b: u64): void => {
      const table = result.get(0);
      if (table === null) return;
      ${body}
    });`;
  const body = `atomic.add(table.rows[u32(a)]!.cells[u32(b)]!, "count", 3);
    table.words[0] = u64(atomic.add(table.rows[u32(a)]!.cells[u32(b)]!, "count", 1));
    table.words[1] = u64(table.rows[2]!.cells[3]!.count);`;
  assert.deepEqual(runText(text(body), [2n, 3n], 2), [3n, 4n]);
  assert.deepEqual(runText(text(body), [3n, 0n], 2), [0n, 0n]);
  assert.deepEqual(runText(text(body), [0n, 4n], 2), [0n, 0n]);
});

gives(
  "bits are counted and bytes swapped",
  {
    body: `out.words[0] = (u64(log2(a)) << 32n) | u64(log2(0n));
      out.words[1] = (u64(countTrailingZeros(b)) << 32n) | u64(countTrailingZeros(0n));
      out.words[2] = u64(byteSwap16(u16(c)));
      out.words[3] = u64(byteSwap32(u32(c)));`,
    args: [2n ** 40n + 5n, 0x8000n, 0x12345678n],
  },
  40n << 32n,
  (15n << 32n) | 64n,
  0x7856n,
  0x78563412n,
);

gives(
  "bytes below the first one bit are counted",
  {
    body: `out.words[0] = u64(countTrailingZeros(a) >> 3);
      out.words[1] = u64(countTrailingZeros(b) >> 3);
      out.words[2] = u64(countTrailingZeros(c) >> 3);
      out.words[3] = u64(countTrailingZeros(a << 7n) >> 3);`,
    args: [1n, 0n, 0x8080000000000000n],
  },
  0n,
  8n,
  6n,
  0n,
);

gives(
  "configuration is read as a plain value",
  {
    body: "out.words[0] = wide + u64(narrow); out.words[1] = u64(negative);",
    before: `export const wide = config(u64, 5000000000n);
      export const narrow = config(u16, 3);
      export const negative = config(i8, -3);`,
  },
  5000000003n,
  2n ** 64n - 3n,
);

gives(
  "a function returns early, a struct by reference, or null",
  {
    body: `const key = Box.zero();
      key.value = u32(a);
      const chosen = choose(key, out, u32(b));
      out.words[0] = chosen === null ? 99n : u64(chosen.value);
      const none = choose(key, out, 5);
      if (none === null) out.words[1] = 1n;`,
    before: `const Box = struct({ value: u32 });
      type Box = ValueOf<typeof Box>;
      function choose(box: Box, out: Out, which: u32): Box | null {
        if (which === 1) return box;
        if (which === 5) { out.words[2] = 8n; return null; }
        return null;
      }`,
    args: [11n, 1n, 0n],
  },
  11n,
  1n,
  8n,
);

gives(
  "switch takes the case, the cases that share it, or the default",
  {
    body: `out.words[0] = u64(name(u32(a)) * 100 + name(u32(b)) * 10 + name(u32(c)));`,
    before: `const kinds = { one: 1, two: 2 } as const;
      function name(value: u32): u32 {
        let result = 0;
        switch (value) {
          case kinds.one:
          case kinds.two:
            result = 4;
            break;
          case 7:
            return 5;
          default:
            result = 6;
        }
        return result;
      }`,
    args: [2n, 7n, 9n],
  },
  456n,
);

gives(
  "loops count, break and continue",
  {
    body: `let sum = 0n;
      for (let i = 0; i < 10; i++) {
        if (i === 3) continue;
        if (i === 8) break;
        sum += u64(i);
      }
      out.words[0] = sum;
      let left = u32(5);
      while (left > 0) left -= 1;
      out.words[1] = u64(left);`,
  },
  25n,
  0n,
);

gives(
  "a repeated step gets its index and what it was handed, until it says stop",
  {
    body: "repeat(100, addUp, out, a); out.words[2] = 3n;",
    before: `function addUp(index: u32, out: Out, each: u64): boolean {
        out.words[0] = out.words.at(0) + each + u64(min(index, 2));
        out.words[1] = u64(index);
        return index < 4;
      }`,
    args: [10n, 0n, 0n],
  },
  57n,
  4n,
  3n,
);
