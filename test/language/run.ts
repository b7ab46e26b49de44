/** Runs the programs of a module in the kernel and by the evaluator, on the same memory, and compares what they leave. */

import { compile } from "../../src/compiler/index.ts";
import { type KernelCollection, type KernelMap, loadCollection, testRun } from "../../src/kernel/index.ts";
import { dataType, Evaluator, entryType, keyText } from "./evaluate.ts";
import { Random } from "./generate/random.ts";
import { encode, readInteger, sizeOf } from "./memory.ts";
import { printModule } from "./print.ts";
import type { MapNode, ModuleNode, ProgramNode } from "./tree.ts";

export const inputsPerProgram = 4;

const globalMap = ".data";

export type Verdict =
  | { readonly kind: "agrees" }
  | { readonly kind: "notCompiled" | "refused" | "differs"; readonly why: string };

/** Compiles, loads and runs one program of a module alone; the whole module if there is no `name`. */
export function runModule(module: ModuleNode, seed: number): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  let collection: KernelCollection;
  try {
    const text = printModule(module);
    collection = loadCollection(compile({ entry: "random.ts", readFile: () => text }));
  } catch (error) {
    const failed = failure(error as Error);
    const [only, ...more] = module.programs;
    if (more.length === 0) return verdicts.set(only!.name, failed);
    // One bad program fails them all: each alone then.
    for (const program of module.programs) {
      for (const [name, verdict] of runModule({ ...module, programs: [program] }, seed)) verdicts.set(name, verdict);
    }
    return verdicts;
  }
  try {
    for (const program of module.programs) verdicts.set(program.name, check(module, program, collection, seed));
  } finally {
    collection.close();
  }
  return verdicts;
}

function failure(error: Error & { code?: string; details?: string }): Verdict {
  const why = `${error.message}\n${error.details ?? error.stack ?? ""}`;
  return { kind: error.code === "PROGRAM_REFUSED" ? "refused" : "notCompiled", why };
}

function check(module: ModuleNode, program: ProgramNode, collection: KernelCollection, seed: number): Verdict {
  const random = new Random(seed ^ hash(program.name));
  for (let input = 0; input < inputsPerProgram; input++) {
    const given = [random.word(), random.word(), random.word()];
    const evaluator = new Evaluator(module);
    for (const map of module.maps) prepare(map, collection.map(map.name), evaluator, random);
    const packet = new Uint8Array(random.between(14, 90)).map(() => (random.chance(40) ? random.below(256) : 0));
    const isPacket = program.hook === "xdp";
    resetGlobals(collection);
    const expected = evaluator.run(program.name, given, packet);
    const live = collection.programs.get(program.name)!;
    const { returnValue, data } = testRun(live, isPacket ? { data: packet } : { context: given });
    const differences = module.maps.flatMap((map) => differencesOf(map, collection.map(map.name), evaluator));
    if (program.returns === "i32" && BigInt.asIntN(32, BigInt(returnValue)) !== expected) {
      differences.push(`it returned ${returnValue | 0}, and ${expected} is right`);
    }
    if (isPacket && hex(data) !== hex(evaluator.packet)) {
      differences.push(`the packet:\n  is    ${hex(data)}\n  wants ${hex(evaluator.packet)}`);
    }
    differences.push(...globalDifferences(module, collection, evaluator));
    if (differences.length > 0) return { kind: "differs", why: `with ${given.join(", ")}:\n${differences.join("\n")}` };
  }
  return { kind: "agrees" };
}

function resetGlobals(collection: KernelCollection): void {
  const { spec } = collection.map(globalMap);
  collection.map(globalMap).set(indexKey(0), spec.initial!);
}

/** Variables stand one behind the other, each aligned to its size. */
function globalDifferences(module: ModuleNode, collection: KernelCollection, evaluator: Evaluator): string[] {
  const bytes = collection.map(globalMap).get(indexKey(0))!;
  const differences: string[] = [];
  let at = 0;
  for (const { name, type } of module.globals) {
    const size = sizeOf(dataType(type));
    at = Math.ceil(at / size) * size;
    const [is, wants] = [readInteger(bytes, at, type), evaluator.globalValue(name)];
    if (is !== wants) differences.push(`${name} is ${is}, and ${wants} is right`);
    at += size;
  }
  return differences;
}

const hash = (text: string) => [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7);
const isArray = ({ kind }: MapNode) => kind === "arrayMap" || kind === "perCpuArray";
const isPerCpu = ({ kind }: MapNode) => kind.startsWith("perCpu");
const indexKey = (index: number) => new Uint8Array(Uint32Array.of(index).buffer);

/** Fills arrays with the same bytes on both sides, and empties the rest. */
function prepare(map: MapNode, live: KernelMap, evaluator: Evaluator, random: Random): void {
  if (!isArray(map)) {
    for (const key of [...live.keys()]) live.delete(key);
    return;
  }
  const size = sizeOf(entryType(map));
  for (let index = 0; index < map.maxEntries; index++) {
    const bytes = new Uint8Array(size);
    if (random.chance(70)) for (let at = 0; at < size; at++) bytes[at] = random.chance(40) ? random.below(256) : 0;
    evaluator.fill(map.name, index, bytes);
    // Padding is zero on the evaluator's side.
    const exact = evaluator.bytesOf(map.name, keyText(dataType("u32"), BigInt(index)));
    const value = new Uint8Array(live.valueBytes);
    const stride = isPerCpu(map) ? Math.ceil(size / 8) * 8 : size;
    for (let at = 0; at < value.length; at += stride) value.set(exact, at);
    live.set(indexKey(index), value);
  }
}

function differencesOf(map: MapNode, live: KernelMap, evaluator: Evaluator): string[] {
  const differences: string[] = [];
  const expected = evaluator.maps.get(map.name)!;
  const seen = new Set<string>();
  const keys = isArray(map) ? Array.from({ length: map.maxEntries }, (_, index) => indexKey(index)) : [...live.keys()];
  for (const key of keys) {
    const text = Buffer.from(key).toString("hex");
    seen.add(text);
    const entry = expected.get(text);
    const value = live.get(key)!;
    if (entry === undefined) differences.push(`${map.name} has an entry ${text} too many`);
    else {
      const wanted = encode(entryType(map), entry);
      if (!matches(map, wanted, value))
        differences.push(`${map.name}[${text}]:\n  is    ${hex(value)}\n  wants ${hex(wanted)}`);
    }
  }
  for (const key of expected.keys()) if (!seen.has(key)) differences.push(`${map.name} has no entry ${key}`);
  return differences;
}

/** Of a per-CPU value, one CPU's is what is wanted: that on which the program ran. */
function matches(map: MapNode, wanted: Uint8Array, value: Uint8Array): boolean {
  if (!isPerCpu(map)) return hex(wanted) === hex(value);
  const stride = Math.ceil(wanted.length / 8) * 8;
  for (let at = 0; at < value.length; at += stride) {
    if (hex(value.subarray(at, at + wanted.length)) === hex(wanted)) return true;
  }
  return false;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
