/** The binary format of modules, as far as the compiler needs it. */

import { type ByteWriter, byteWriter } from "./byte-writer.ts";
import { type Code, plain, types, type ValueType } from "./wasm.ts";

/** A function of a module. */
export interface ModuleFunction {
  readonly type: FunctionType;
  readonly code: Code;
  /** The name that it is exported by. */
  readonly exported?: string;
}

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** What a module takes from outside; imported functions have the first indexes, in order. */
interface ModuleImports {
  readonly memoryPages: number;
  readonly functions: readonly { readonly name: string; readonly type: FunctionType }[];
}

/** The bytes of a module: imports from `host`, functions, and mutable globals that begin with 0. */
export function encodeModule(
  imports: ModuleImports,
  functions: readonly ModuleFunction[],
  globals: readonly ValueType[],
): Uint8Array {
  const functionTypes = [...imports.functions, ...functions].map(({ type }) => type);
  const distinct = [...new Map(functionTypes.map((type) => [nameOf(type), type])).values()];
  const indexes = new Map(distinct.map((type, index) => [nameOf(type), index]));
  const typeIndex = (type: FunctionType) => indexes.get(nameOf(type))!;
  const out = byteWriter(4096);
  out.bytes(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  section(out, 1, distinct, (bytes, { parameters, results }) => {
    bytes.byte(0x60);
    vector(bytes, parameters, (inner, type) => inner.byte(types[type]));
    vector(bytes, results, (inner, type) => inner.byte(types[type]));
  });
  section(out, 2, ["memory", ...imports.functions] as const, (bytes, taken) => {
    bytes.text("host");
    if (taken === "memory") {
      bytes.text("memory");
      bytes.bytes(0x02, 0x00);
      bytes.unsigned(imports.memoryPages);
    } else {
      bytes.text(taken.name);
      bytes.byte(0x00);
      bytes.unsigned(typeIndex(taken.type));
    }
  });
  section(out, 3, functions, (bytes, { type }) => bytes.unsigned(typeIndex(type)));
  section(out, 6, globals, (bytes, type) => {
    bytes.bytes(types[type], 1, type === "i32" ? 0x41 : 0x42, 0, plain.end);
  });
  const exported = functions.flatMap(({ exported: name }, index) => (name === undefined ? [] : [{ name, index }]));
  section(out, 7, exported, (bytes, { name, index }) => {
    bytes.text(name);
    bytes.byte(0x00);
    bytes.unsigned(imports.functions.length + index);
  });
  section(out, 10, functions, (bytes, { code: { writer, locals } }) => {
    const head = byteWriter(16);
    vector(head, runsOf(locals), (inner, { type, count }) => {
      inner.unsigned(count);
      inner.byte(types[type]);
    });
    bytes.unsigned(head.length + writer.length + 1);
    bytes.append(head.written());
    bytes.append(writer.written());
    bytes.byte(plain.end);
  });
  return out.written();
}

const nameOf = ({ parameters, results }: FunctionType) => `${parameters.join()}:${results.join()}`;

function runsOf(locals: readonly ValueType[]): { type: ValueType; count: number }[] {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  return runs;
}

type Write<Item> = (bytes: ByteWriter, item: Item) => void;

function section<Item>(out: ByteWriter, id: number, items: readonly Item[], write: Write<Item>): void {
  if (items.length === 0) return;
  const body = byteWriter(4096);
  vector(body, items, write);
  out.byte(id);
  out.unsigned(body.length);
  out.append(body.written());
}

function vector<Item>(bytes: ByteWriter, items: readonly Item[], write: Write<Item>): void {
  bytes.unsigned(items.length);
  for (const item of items) write(bytes, item);
}
