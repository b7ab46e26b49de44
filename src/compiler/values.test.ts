/** Structs, byte strings, what may be null, and names from elsewhere, run in the kernel. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { type Body, printed, programText, wordsOf } from "./compile.testing.ts";

function gives(name: string, given: Body, ...expected: bigint[]): void {
  kernelTest(name, () => assert.deepEqual(wordsOf(given, expected.length), expected));
}

gives(
  "a struct is copied where it is assigned, and the copy is another one",
  {
    body: `const part = Part.zero();
      part.wide = a;
      part.signed = -3;
      out.part = part;
      part.wide = 1n;
      out.parts[u32(b)] = out.part;
      out.words[0] = out.part.wide;
      out.words[1] = out.parts[1]!.wide + part.wide;
      out.parts[u32(c)] = part;
      const other = Part.copyOf(out.parts[u32(b)]!);
      other.wide += 5n;
      out.words[2] = other.wide;
      out.words[3] = out.parts[1]!.wide;`,
    args: [40n, 1n, 3n],
  },
  40n,
  41n,
  45n,
  40n,
);

gives(
  "a struct is written down field by field",
  {
    body: `const part: Part = { small: 7, wide: a, signed: -1 };
      out.part = { small: u8(b), wide: part.wide + 1n, signed: 2 };
      const whole = Whole.of({ part, tail: 9 });
      parts.set(3, { small: 1, wide: 2n, signed: 3 });
      out.words[0] = part.wide + u64(part.small) + u64(part.signed);
      out.words[1] = out.part.wide + u64(out.part.small);
      out.words[2] = whole.part.wide + u64(whole.tail);
      out.words[3] = parts.get(3)?.wide ?? 0n;`,
    before: `const Whole = struct({ part: Part, tail: u32 });
      export const parts = hash({ key: u32, value: Part, maxEntries: 8 });`,
    args: [10n, 255n, 0n],
  },
  16n,
  266n,
  19n,
  2n,
);

gives(
  "large arrays are copied by a helper",
  {
    body: `const one = big.get(0);
      const two = big.get(1);
      if (one === null || two === null) return;
      one.words[24] = 5n;
      two.words = one.words;
      one.words[24] = 6n;
      out.words[0] = two.words.at(24);`,
    before: `const Big = struct({ words: array(u64, 25) });
      export const big = arrayMap({ value: Big, maxEntries: 2 });`,
  },
  5n,
);

gives(
  "members get names of their own",
  {
    body: `out.part.wide = 4n;
      const { wide, small: little } = out.part;
      let { part: { signed } } = out;
      out.part.wide = 5n;
      signed += 3;
      const { one, deep: { two } } = limits;
      out.words[0] = wide + u64(little);
      out.words[1] = u64(signed);
      out.words[2] = u64(one + two);`,
    before: "const limits = { one: 1, deep: { two: 2 } } as const;",
  },
  4n,
  3n,
  3n,
);

gives(
  "every ?. of a chain that finds null leads to what stands behind ??",
  {
    body: `
      inner.set(1, 6n);
      out.words[0] = tables.get(0)?.get(1)?.value ?? 77n;
      out.words[1] = tables.get(0)?.get(u32(a))?.value ?? 77n;
      out.words[2] = tables.get(1)?.get(1)?.value ?? 78n;
      tables.get(0)?.get(1)?.value;
      tables.get(u32(a))?.set(3, 9n);
      out.words[3] = inner.get(3)?.value ?? 0n;`,
    before: `
      export const inner = hash({ key: u32, value: u64, maxEntries: 8 });
      export const tables = arrayOfMaps({ inner, maxEntries: 2, maps: () => [inner] });`,
    args: [5n, 0n, 0n],
  },
  6n,
  77n,
  78n,
  0n,
);

gives(
  "?? and ?. stand in for what is null",
  {
    body: `counts.set(1, 6n);
      out.words[0] = counts.get(u32(a))?.value ?? 77n;
      out.words[1] = counts.get(u32(b))?.value ?? 77n;
      const part = others.get(9) ?? out.part;
      part.wide = 3n;
      out.words[2] = out.part.wide;
      counts.get(1)?.value;
      parts.get(0)?.data.store(u8, 0, 200);
      parts.get(9)?.data.store(u8, 0, 201);
      out.words[3] = u64(parts.get(0)?.data.load(u8, u32(c)) ?? 1);`,
    before: `const Text = struct({ data: bytes(4) });
      export const counts = hash({ key: u32, value: u64, maxEntries: 8 });
      export const others = arrayMap({ value: Part, maxEntries: 1 });
      export const parts = arrayMap({ value: Text, maxEntries: 1 });`,
    args: [1n, 2n, 0n],
  },
  6n,
  77n,
  3n,
  200n,
);

gives(
  "byte strings are compared with text and with one another",
  {
    body: `out.data.write(2, "GET /index");
      out.words[0] = (out.data.startsWith("GET ", 2) ? 1n : 0n) | (out.data.startsWith("GET ") ? 2n : 0n)
        | (out.data.startsWith("GET /index", u32(a)) ? 4n : 0n) | (out.data.startsWith("GET", u32(b)) ? 8n : 0n)
        | (out.data.startsWith(method, u32(c)) ? 16n : 0n);
      const text = Text.zero();
      text.data.write(0, "GET /in");
      out.words[1] = text.data.equals(out.data.slice(2, 7)) ? 1n : 0n;
      text.data.store(u8, 6, 0);
      out.words[2] = text.data.equals(out.data.slice(2, 7)) ? 1n : 0n;`,
    before: `const Text = struct({ data: bytes(7) }); const method = "GET";`,
    args: [2n, 30n, 1000n],
  },
  5n,
  1n,
  0n,
);

gives(
  "enumerations are constants and types, also from other modules",
  {
    body: `out.words[0] = verdict(u32(a)) === Verdict.Pass ? 1n : 0n;
      out.words[1] = u64(i32(Signed.Less)) + u64(kinds.Kind.Two);
      const kind: kinds.Kind = kinds.one();
      out.words[2] = u64(kind) + kinds.factor + u64(nested.deep.value);`,
    before: `import * as kinds from "./kinds.ts";
      import { nested } from "./again.ts";
      enum Verdict { Pass, Drop = 7, Later }
      enum Signed { Less = -1, More = 4 }
      function verdict(value: u32): Verdict { return value === 8 ? Verdict.Later : value === 7 ? Verdict.Drop : Verdict.Pass; }`,
    others: {
      "kinds.ts": `import { u32 } from "tarsier/program";
        export enum Kind { One = 1, Two = One + One }
        export const factor = 100n;
        export function one(): Kind { return Kind.One; }`,
      "again.ts": 'export * from "./nested.ts";',
      "nested.ts": "export const nested = { deep: { value: 1000 } } as const;",
    },
    args: [3n, 0n, 0n],
  },
  1n,
  1n,
  1101n,
);

gives(
  "modules may import one another",
  {
    body: "out.words[0] = even(a) ? 1n : 0n;",
    before: `import { even } from "./even.ts";
      export const one = 1n;`,
    others: {
      "even.ts": `import { type u64 } from "tarsier/program";
        import { isOdd } from "./odd.ts";
        export const two = 2n;
        export function even(value: u64): boolean { return !isOdd(value); }`,
      "odd.ts": `import { type u64 } from "tarsier/program";
        import { two } from "./even.ts";
        export function isOdd(value: u64): boolean { return value % two === 1n; }`,
    },
    args: [6n, 0n, 0n],
  },
  1n,
);

gives(
  "a parameter for which nothing is given has its default",
  {
    body: "out.words[0] = scaled(a) + scaled(a, 3n) + scaled(a, 1n, true);",
    before: `function scaled(value: u64, by: u64 = 10n, negate: boolean = false): u64 {
        return negate ? 0n : value * by;
      }`,
    args: [2n, 0n, 0n],
  },
  26n,
);

gives(
  "global variables are shared by all runs of all programs",
  {
    body: `counter.value += a;
      atomic.add(counter, "value", 1n);
      totals.signed -= 2;
      state.total = state.total + counter.value;
      out.words[0] = counter.value;
      out.words[1] = u64(totals.signed);
      out.words[2] = state.total + u64(small.value);`,
    before: `import { state } from "./state.ts";
      export const counter = global(u64, 40n);
      const small = global(i8, -1);
      const totals = global(Part);`,
    others: {
      "state.ts": `import { global, struct, u64 } from "tarsier/program";
        const State = struct({ total: u64 });
        export const state = global(State);`,
    },
    args: [1n, 0n, 0n],
  },
  42n,
  2n ** 64n - 2n,
  41n,
);

test("no large constant is added at once: the verifier would take it for the distance of a pointer", () => {
  const body = "out.words[3] = out.words.at(out.count + 3679484292);";
  const added = [...printed("emit", programText({ body })).matchAll(/\+= (-?\d+)$/gm)].map(([, imm]) => Number(imm));
  assert.deepEqual(
    added.filter((imm) => Math.abs(imm) > 1000),
    [-307741502, -307741502],
  );
});
