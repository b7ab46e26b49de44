/** Programs that are no programs: each with one thing that is wrong, and whether TypeScript finds it too. */

export interface WrongProgram {
  readonly title: string;
  readonly body: string;
  readonly before?: string;
  /** Whether `tsc --strict` refuses it. Where it does not, the reason stands in docs/language.md. */
  readonly byTypeScript: boolean;
}

const wrong = (byTypeScript: boolean, title: string, body: string, before?: string): WrongProgram => ({
  title,
  body,
  byTypeScript,
  ...(before !== undefined && { before }),
});

/** Every body stands in a handler with `out`, and `a`, `b` and `c` of type `u64`. */
export const wrongPrograms: readonly WrongProgram[] = [
  // What TypeScript refuses, we refuse.
  wrong(true, "a number where a bigint is wanted", "const x: u64 = 1;"),
  wrong(true, "a bigint where a number is wanted", "const x: u32 = 1n;"),
  wrong(true, "a number added to a bigint", "out.words[0] = a + 1;"),
  wrong(true, "a boolean where a number is wanted", "const x: u32 = true;"),
  wrong(true, "a number where a boolean is wanted", "const x: boolean = 1;"),
  wrong(true, "null where a struct is wanted", "const x: Part = null;"),
  wrong(true, "null that was not checked", "entries.get(1).small = 2;"),
  wrong(
    true,
    "null that was checked on one way only",
    "const e = entries.get(1); if (a > 1n && e === null) return; e.small = 2;",
  ),
  wrong(
    true,
    "null passed to a function",
    "use(entries.get(1));",
    "function use(part: Part): void { part.small = 1; }",
  ),
  wrong(true, "a name that is not there", "later = 3;"),
  wrong(true, "a value that is not there", "out.words[0] = later;"),
  wrong(true, "a field that is not there", "out.part.large = 1;"),
  wrong(true, "a method that is not there", "entries.clear();"),
  wrong(true, "a type that is not there", "const x: u128 = 1n;"),
  wrong(true, "a constant that is assigned to", "const x = a; x = b;"),
  wrong(true, "a parameter of the wrong type", "use(a);", "function use(value: u32): u32 { return value; }"),
  wrong(true, "too few arguments", "use();", "function use(value: u32): u32 { return value; }"),
  wrong(true, "too many arguments", "use(1, 2);", "function use(value: u32): u32 { return value; }"),
  wrong(
    true,
    "a function that does not return",
    "out.words[0] = use(a);",
    "function use(value: u64): u64 { if (value > 1n) return 1n; }",
  ),
  wrong(true, "a function that returns something else", "use(a);", "function use(value: u64): u32 { return value; }"),
  wrong(
    true,
    "a function that returns what it should not",
    "use(a);",
    "function use(value: u64): void { return value; }",
  ),
  wrong(true, "a return without a value", "use(a);", "function use(value: u64): u64 { return; }"),
  wrong(true, "a field that is missing", "const x: Part = { small: 1, wide: 2n };"),
  wrong(true, "a field too many", "const x: Part = { small: 1, wide: 2n, signed: 3, more: 4 };"),
  wrong(true, "a field of the wrong type", "const x: Part = { small: 1, wide: 2, signed: 3 };"),
  wrong(true, "a struct where a number is wanted", "const x: u32 = out.part;"),
  wrong(true, "a number where a struct is wanted", "out.part = 3;"),
  wrong(true, "a struct that is another one", "out.part = Other.zero();", "const Other = struct({ other: u32 });"),
  wrong(true, "a key of the wrong type", "entries.get(1n);"),
  wrong(true, "a map's value of the wrong type", "entries.set(1, 2);"),
  wrong(true, "a map's method with too little", "entries.set(1);"),
  wrong(true, "a comparison of a number with a bigint that can never hold", "if (u32(a) === b) return;"),
  wrong(false, "a negation of what is no number", "const x = -true;"),
  wrong(true, "arithmetic with a struct", "const x = out.part + 1;"),
  wrong(true, "a call of what is no function", "a();"),
  wrong(true, "an index that is no number", 'out.words["first"] = 1n;'),
  wrong(true, "a name declared twice", "const x = a; const x = b;"),
  wrong(true, "a mistake in a function that nothing calls", "", "function unused(value: u64): u32 { return value; }"),
  wrong(true, "break outside of a loop", "break;"),
  wrong(true, "a label that is not there", "for (;;) { break outer; }"),
  wrong(true, "a shift without sign of 64 bits", "out.words[0] = a >>> 1n;"),
  wrong(true, "a member of an enumeration that is not there", "const x = Kind.Three;", "enum Kind { One, Two }"),
  wrong(true, "a default of the wrong type", "use();", "function use(value: u32 = 1n): void {}"),
  wrong(true, "elements of what has none", "for (const x of a) return;"),
  wrong(true, "a member of what has none in a pattern", "const { large } = out.part;"),
  wrong(
    true,
    "an option that a map does not have",
    "more.get(1);",
    "const more = hash({ key: u32, value: u32, size: 1 });",
  ),
  wrong(
    true,
    "an import of what is not exported",
    "out.words[0] = nothing;",
    'import { nothing } from "tarsier/program";',
  ),

  // What TypeScript types alike but would mean two things.
  wrong(false, "numbers of two widths", "out.words[0] = u64(u32(a) + u8(b));"),
  wrong(false, "numbers of two signs", "out.words[0] = u64(u32(a) + u32(1) > i32(b) ? 1 : 0);"),
  wrong(false, "bigints of two signs", "out.words[0] = a + i64(b);"),
  wrong(false, "a comparison of two widths", "if (u16(a) === u32(b)) return;"),
  wrong(
    false,
    "an argument of another width",
    "use(u32(a));",
    "function use(value: u8): void { out2(value); } function out2(value: u8): void {}",
  ),
  wrong(false, "a literal that does not fit", "const x: u8 = 256;"),
  wrong(false, "a negative literal without a sign to keep it", "const x: u32 = -1;"),
  wrong(false, "a fraction", "const x: u32 = 1.5;"),
  wrong(false, "a number as a condition", "if (a) return;"),
  wrong(false, "a value of an assignment", "let x = a; let y = b; x = y = 3n;"),
  wrong(false, "a type without a width", "use(1);", "function use(value: number): void {}"),
  wrong(false, "! after what may be null", "entries.get(1)!.small = 2;"),

  // What no kernel program can do.
  wrong(false, "a power", "out.words[0] = a ** b;"),
  wrong(true, "a loose comparison", "if (a == null) return;".replace("null", "1")),
  wrong(false, "a function that calls itself", "again();", "function again(): void { again(); }"),
  wrong(false, "an exception", "throw 1;"),
  wrong(false, "an exception that is caught", "try { return; } catch { return; }"),
  wrong(false, "a variable of the module", "", "let count = 0;"),
  wrong(false, "a class", "", "class Counter {}"),
  wrong(false, "text that is put together", "const x = `text`;"),
  wrong(false, "a closure", "const f = () => a;"),
  wrong(false, "an array that grows", "const list = [a, b];"),
  wrong(false, "a value that may be undefined", "const x = entries.get(1)?.wide;"),
  wrong(true, "something from Node", "", 'import { readFileSync } from "node:fs"; export const read = readFileSync;'),
  wrong(false, "a conversion by `as`", "const x = a as u64;"),

  // What the kernel's verifier would refuse.
  wrong(
    false,
    "more stack than there is",
    "const big = Big.zero(); big.data.store(u8, u32(a), 1);",
    "const Big = struct({ data: bytes(40_000) });",
  ),
  wrong(false, "an element that is not there", "out.words[4] = 1n;"),
  wrong(false, "bytes behind the end", "out.data.store(u32, 30, 1);"),
  wrong(false, "a copy of which nothing says that it fits", "out.data.readUser(u32(a), u32(b), c);"),
];

const prelude = `const Part = struct({ small: u8, wide: u64, signed: i16 });
type Part = ValueOf<typeof Part>;
const Out = struct({ words: array(u64, 4), data: bytes(32), part: Part });
type Out = ValueOf<typeof Out>;
export const result = arrayMap({ value: Out, maxEntries: 1 });
export const entries = hash({ key: u32, value: Part, maxEntries: 8 });
`;

/** The module's text: what is wrong stands on line 10, or 8. */
export function textOf({ body, before = "" }: Pick<WrongProgram, "body" | "before">): string {
  return `${prelude}${before}
export const run = rawTracepoint("sys_enter", (a: u64, b: u64, c: u64): void => { const out = result.get(0); if (out === null) return;
${body}
});
`;
}
