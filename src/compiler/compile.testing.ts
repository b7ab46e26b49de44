/** For tests: compiling text, and running it once in the kernel. */

import { loadCollection, testRun } from "../kernel/index.ts";
import type { CollectionSpec } from "../spec/collection.ts";
import { compile, type PrintablePass } from "./index.ts";

const everything = [
  "addressOf arrayMap array atomic bytes byteSwap16 byteSwap32 config countTrailingZeros currentTask currentProcess",
  "enumExists enumValue exists hash i8 i16 i32 i64 isNull kernelPointer log2 max min now perCpuArray rawTracepoint",
  "readKernel readUser repeat ringBuffer socketStorageIterator socketStorage struct socketCookie tcpSocket tpBtf u8 u16 u32 u64",
  "type KernelArray type KernelStruct type Pointer type ValueOf",
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
export function runText(text: string, args: readonly bigint[], words = 1): bigint[] {
  const collection = loadCollection(compileText(text));
  try {
    testRun(collection.programs.get("run")!, args);
    const value = collection.map("result").get(new Uint8Array(4))!;
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    return Array.from({ length: words }, (_, index) => view.getBigUint64(index * 8, true));
  } finally {
    collection.close();
  }
}
