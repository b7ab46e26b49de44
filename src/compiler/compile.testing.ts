/** For tests: compiling text, and running it once in the kernel. */

import { loadCollection, testRun } from "../kernel/index.ts";
import type { CollectionSpec } from "../spec/collection.ts";
import { compile, type PrintablePass } from "./index.ts";

const everything = [
  "addressOf arrayMap arrayOfMaps array atomic bytes byteSwap16 byteSwap32 config countTrailingZeros currentCommand currentTask currentProcess",
  "enumExists enumValue enumValue64 exists global hash i8 i16 i32 i64 isNull kernelPointer log2 max min now perCpuArray rawTracepoint",
  "numbers range readKernel readKernelText readUser readUserText repeat ringBuffer socketStorageIterator socketStorage struct socketCookie tcpSocket tpBtf u8 u16 u32 u64",
  "type KernelArray type KernelBits type KernelStruct type Pointer type ValueOf",
]
  .join(" ")
  .replaceAll("type ", "type_")
  .split(" ")
  .map((name) => name.replace("_", " "))
  .join(", ");

/** The first line of every test program; their own text begins on line 2. */
export const imports = `import { ${everything} } from "tarsier/program";\n`;

/** Compiles one module named `test.ts`, and others by their names. */
export function compileText(
  text: string,
  others: Record<string, string> = {},
  print?: (pass: PrintablePass, program: string, text: string) => void,
): CollectionSpec {
  const files: Record<string, string> = { "test.ts": imports + text, ...others };
  const readFile = (path: string): string => {
    const found = files[path];
    if (found === undefined) throw new Error(`no file ${path}`);
    return found;
  };
  return compile({ entry: "test.ts", readFile, ...(print && { print }) });
}

/** What a pass makes of the program `name`. */
export function printed(pass: PrintablePass, text: string): string {
  let result = "";
  compileText(text, {}, (current, _, output) => {
    if (current === pass) result = output;
  });
  return result;
}

/** Runs the raw tracepoint program `run` with `args`, and gives what it wrote to the map `result`, as 64-bit words. */
export function runText(
  text: string,
  args: readonly bigint[],
  words = 1,
  others: Record<string, string> = {},
): bigint[] {
  const collection = loadCollection(compileText(text, others));
  try {
    testRun(collection.programs.get("run")!, args);
    const value = collection.map("result").get(new Uint8Array(4))!;
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    return Array.from({ length: words }, (_, index) => view.getBigUint64(index * 8, true));
  } finally {
    collection.close();
  }
}

/** One body of a program with what it works on, and what is declared in front of it. */
export interface Body {
  readonly body: string;
  readonly before?: string;
  readonly args?: readonly bigint[];
  readonly others?: Record<string, string>;
}

/** A program that gets `out`, a struct with `words`, `data` and `parts`, and the arguments `a`, `b` and `c`. */
export function programText({ body, before = "" }: Body): string {
  return `
    const Part = struct({ small: u8, wide: u64, signed: i16 });
    type Part = ValueOf<typeof Part>;
    const Out = struct({ words: array(u64, 4), data: bytes(32), parts: array(Part, 3), count: u32, counter: u64, part: Part });
    type Out = ValueOf<typeof Out>;
    export const result = arrayMap({ value: Out, maxEntries: 1 });
    ${before}
    export const run = rawTracepoint("sys_enter", (a: u64, b: u64, c: u64): void => {
      const out = result.get(0);
      if (out === null) return;
      ${body}
    });`;
}

/** The first words of `out` after one run. */
export function wordsOf(given: Body, count: number): bigint[] {
  return runText(programText(given), given.args ?? [0n, 0n, 0n], count, given.others);
}
