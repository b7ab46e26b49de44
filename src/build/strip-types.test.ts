import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { ProgramError } from "../errors/error.ts";
import { stripTypes } from "./strip-types.ts";

const stripped = (text: string): string => stripTypes("one.ts", text);
/** The same with every run of spaces as one, to read it. */
const short = (text: string): string =>
  stripped(text)
    .replaceAll(/[ \t]+/g, " ")
    .trim();

test("types become spaces: what is left is where it was", () => {
  const text = "export function add(a: number, b?: Map<string, bigint[]>): number {\n  return a! as number;\n}\n";
  const result = stripped(text);
  assert.equal(result.length, text.length);
  assert.equal(result.indexOf("return"), text.indexOf("return"));
  assert.equal(short(text), "export function add(a , b ) {\n return a ;\n}");
});

test("each form of a type is taken away", () => {
  const forms: Record<string, string> = {
    "const a = <const T,>(x: T): T => x;": "const a = (x ) => x;",
    "let value!: string;": "let value ;",
    "const b = x satisfies Y;": "const b = x ;",
    "const c = <Y>x;": "const c = x;",
    "const d = f<number>(1);": "const d = f (1);",
    "interface A { a: number }\ntype B = A;\n(f)()": ";\n; \n(f)()",
    "function f(this: Foo, a: u32) { return a; }": "function f( a ) { return a; }",
    "function f(a: string): void;\nfunction f(a) { }": ";\nfunction f(a) { }",
    "declare const x: number;\nf(x);": ";\nf(x);",
    "const { a, b: [c] = [] }: Foo = foo;": "const { a, b: [c] = [] } = foo;",
    "for (const [k, v] of m as Map<a, b>) f(k, v);": "for (const [k, v] of m ) f(k, v);",
    "try { f(); } catch (error: unknown) { g(error); }": "try { f(); } catch (error ) { g(error); }",
    "const ok = a?.b ? c : d;": "const ok = a?.b ? c : d;",
    "const f = async (a?: number) => a ?? 1;": "const f = async (a ) => a ?? 1;",
    "export type { A } from './a.ts';\nf();": ";\nf();",
  };
  for (const [text, expected] of Object.entries(forms)) {
    assert.equal(short(text).replaceAll("; \n", ";\n"), expected.replaceAll("; \n", ";\n"), text);
  }
});

test("a class keeps its members, without their words for the type checker", () => {
  const text = [
    "abstract class A<T> extends B<T> implements C, D {",
    "  private readonly a: number = 1;",
    "  static override readonly b?: string;",
    "  declare c: number;",
    "  [key: string]: unknown;",
    "  protected abstract d(): void;",
    "  public constructor(x: number) { super(x); }",
    "  e(x: number): void;",
    "  e(x?: number) { return x; }",
    "}",
  ].join("\n");
  const lines = stripped(text)
    .split("\n")
    .map((line) => line.replaceAll(/\s+/g, " ").trim());
  assert.deepEqual(lines, [
    "class A extends B {",
    "a = 1;",
    "static b ;",
    ";",
    "",
    "",
    "constructor(x ) { super(x); }",
    "",
    "e(x ) { return x; }",
    "}",
  ]);
});

test("an import that only types speak of goes, whether it says so or not", () => {
  const text =
    "import { u64, type Flow, struct } from 'tarsier/program';\nimport { A } from './a.ts';\nconst a: A<u64> = struct({});";
  assert.equal(short(text), "import { struct } from 'tarsier/program';\n; \nconst a = struct({});");
});

test("an enum becomes an object, and takes as many lines", () => {
  const text =
    "export enum Kind {\n  none,\n  one = 5,\n  two = one << 1,\n  text = 'x',\n}\nexport const kind = Kind;";
  const result = stripped(text);
  assert.equal(result.split("\n").length, text.split("\n").length);
  const evaluated = new Function(`${result.replaceAll("export ", "")}; return kind;`)();
  assert.deepEqual(evaluated, { none: 0, 0: "none", one: 5, 5: "one", two: 10, 10: "two", text: "x" });
});

test("what is no JavaScript without its types is refused on its line", () => {
  for (const text of [
    "f();\nnamespace A { export const b = 1; }",
    "f();\nimport a = require('a');",
    "f();\nclass A { constructor(private a: number) {} }",
  ]) {
    assert.throws(
      () => stripped(text),
      (error) => error instanceof ProgramError && /^one\.ts:2:\d+: /.test(error.message) && error.details !== undefined,
      text,
    );
  }
  assert.throws(() => stripped("const = 1"), /^ProgramError: one\.ts:1:/);
});

test("the project's own modules are JavaScript afterwards", () => {
  const folder = fileURLToPath(new URL("../../../src", import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  assert.ok(files.length > 100);
  for (const name of files) {
    const text = readFileSync(join(folder, name), "utf8");
    const result = stripTypes(name, text);
    const { errors } = parseSync(name.replace(/\.ts$/, ".mjs"), result, { lang: "js", sourceType: "module" });
    assert.deepEqual(
      errors.map(({ message }) => message),
      [],
      name,
    );
    assert.equal(result.split("\n").length, text.split("\n").length, name);
  }
});
