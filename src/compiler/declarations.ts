/** Declarations at the top level: maps, configuration and programs. */

import { type HookFunction, type HookFunctionName, hookFunctions } from "../program/hook-table.ts";
import type { MapTypeName } from "../spec/index.ts";
import type { ConfigEntity, MapEntity, ProgramEntity } from "./entity.ts";
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

export function isHook(name: string): name is HookFunctionName {
  return Object.hasOwn(hookFunctions, name);
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
  hook: HookFunctionName,
  node: CallExpression,
): ProgramEntity {
  const row: HookFunction = hookFunctions[hook];
  const given = argumentsOf(module.file, node);
  const takesFirst =
    row.walks !== undefined || (row.target === "optional" ? given.length === 2 : row.target === "required");
  const wanted = takesFirst ? 2 : 1;
  if (given.length !== wanted) {
    const what = row.walks ? "a map and a handler" : wanted === 2 ? "a target and a handler" : "a handler";
    throw problem("mistake", module.place(node), `${hook} takes ${what}`);
  }
  const handler = bare(given.at(-1)!);
  if (handler.type !== "ArrowFunctionExpression" || handler.async) {
    throw problem("notInLanguage", module.place(handler), `${hook} takes an arrow function`);
  }
  const common = { kind: "program", name, hook, handler, module, place: module.place(node) } as const;
  if (row.walks === undefined) return { ...common, target: takesFirst ? text(module, given[0]!) : "" };

  const map = evaluate(module, given[0]!);
  if (map.kind !== "map" || map.type !== row.walks) {
    throw problem("mistake", module.place(given[0]!), `${hook} takes a ${row.walks} map`);
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
