/** Declarations at the top level: maps, configuration and programs. */

import type { MapTypeName } from "../spec/index.ts";
import { type ConfigEntity, hooks, type MapEntity, type ProgramEntity } from "./entity.ts";
import { constant, evaluate, propertiesOf, schema, text } from "./evaluate.ts";
import type { Module } from "./module.ts";
import { problem } from "./problem.ts";
import { argumentsOf, bare, type CallExpression, type Expression } from "./syntax.ts";

/** What each kind of map takes, by the function that declares it. */
const mapKinds: Record<string, { readonly type: MapTypeName; readonly options: readonly string[] }> = {
  hash: { type: "hash", options: ["key", "value", "maxEntries"] },
  lruHash: { type: "lruHash", options: ["key", "value", "maxEntries"] },
  perCpuHash: { type: "perCpuHash", options: ["key", "value", "maxEntries"] },
  arrayMap: { type: "array", options: ["value", "maxEntries", "mmapable"] },
  perCpuArray: { type: "perCpuArray", options: ["value", "maxEntries"] },
  socketStorage: { type: "socketStorage", options: ["value"] },
  taskStorage: { type: "taskStorage", options: ["value"] },
  ringBuffer: { type: "ringBuffer", options: ["sizeBytes"] },
};

export function isMapKind(name: string): boolean {
  return Object.hasOwn(mapKinds, name);
}

export function isHook(name: string): name is ProgramEntity["hook"] {
  return (hooks as readonly string[]).includes(name);
}

export function declareMap(module: Module, name: string, maker: string, node: CallExpression): MapEntity {
  const kind = mapKinds[maker]!;
  const [options] = expectArguments(module, node, maker, 1);
  const given = new Map(propertiesOf(module, bare(options!)));
  for (const [option, value] of given) {
    if (!kind.options.includes(option)) {
      throw problem("mistake", module.place(value), `${maker} has no option ${option}`, kind.options.join(", "));
    }
  }
  const wanted = (option: string): Expression => {
    const value = given.get(option);
    if (value === undefined) throw problem("mistake", module.place(node), `${maker} needs ${option}`);
    return value;
  };

  const mmapable = given.get("mmapable");
  const sizes = {
    hash: "maxEntries",
    socketStorage: undefined,
    taskStorage: undefined,
    ringBuffer: "sizeBytes",
  } as const;
  const size = kind.type in sizes ? sizes[kind.type as keyof typeof sizes] : "maxEntries";
  return {
    kind: "map",
    name,
    type: kind.type,
    ...(kind.options.includes("key") && { key: schema(module, wanted("key")) }),
    ...(kind.options.includes("value") && { value: schema(module, wanted("value")) }),
    maxEntries: size === undefined ? 0 : positive(module, wanted(size)),
    mmapable: mmapable !== undefined && truth(module, mmapable),
    place: module.place(node),
  };
}

export function declareConfig(module: Module, name: string, node: CallExpression): ConfigEntity {
  const [type, initial] = expectArguments(module, node, "config", 2);
  const integer = schema(module, type!);
  if (integer.kind !== "integer") throw problem("notYet", module.place(type!), "configuration values are integers");
  const { value } = constant(module, initial!);
  return { kind: "config", name, type: integer, initial: BigInt(integer(value)), place: module.place(node) };
}

export function declareProgram(
  module: Module,
  name: string,
  hook: ProgramEntity["hook"],
  node: CallExpression,
): ProgramEntity {
  const [target, given] = expectArguments(module, node, hook, 2);
  const handler = bare(given!);
  if (handler.type !== "ArrowFunctionExpression" || handler.async) {
    throw problem("notInLanguage", module.place(handler), `${hook} takes an arrow function`);
  }
  const common = { kind: "program", name, hook, handler, module, place: module.place(node) } as const;
  if (hook !== "socketStorageIterator") return { ...common, target: text(module, target!) };

  const map = evaluate(module, target!);
  if (map.kind !== "map" || map.type !== "socketStorage") {
    throw problem("mistake", module.place(target!), "socketStorageIterator takes a socketStorage map");
  }
  return { ...common, target: "bpf_sk_storage_map", map };
}

function expectArguments(module: Module, node: CallExpression, name: string, count: number): Expression[] {
  const given = argumentsOf(module.file, node);
  if (given.length === count) return given;
  throw problem("mistake", module.place(node), `${name} takes ${count} argument${count === 1 ? "" : "s"}`);
}

function positive(module: Module, node: Expression): number {
  const { value } = constant(module, node);
  if (value > 0n && value < 2n ** 32n) return Number(value);
  throw problem("mistake", module.place(node), `${value} is no size of a map`, "give a number from 1 to 2³² − 1");
}

function truth(module: Module, node: Expression): boolean {
  const entity = evaluate(module, node);
  if (entity.kind === "truth") return entity.value;
  throw problem("mistake", module.place(node), "true or false is wanted here");
}
