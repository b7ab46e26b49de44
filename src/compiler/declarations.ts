/** Declarations at the top level: maps, configuration and programs. */

import { type HookFunction, type HookFunctionName, hookFunctions } from "../program/hook-table.ts";
import {
  type ConfigEntity,
  describeEntity,
  type MapEntity,
  type ProgramEntity,
  type SubprogramEntity,
} from "./entity.ts";
import { constant, evaluate, propertiesOf, schema, text } from "./evaluate.ts";
import { mapKinds } from "./map-kinds.ts";
import type { Module } from "./module.ts";
import { problem } from "./problem.ts";
import { argumentsOf, bare, type CallExpression, type Expression } from "./syntax.ts";

export function isMapKind(name: string): boolean {
  return Object.hasOwn(mapKinds, name);
}

export function isHook(name: string): name is HookFunctionName {
  return Object.hasOwn(hookFunctions, name);
}

export function declareMap(module: Module, name: string, maker: string, node: CallExpression): MapEntity {
  const { type, options } = mapKinds[maker]!;
  const given = givenOptions(module, maker, node, Object.keys(options));
  const wanted = (option: string): Expression | undefined => {
    const value = given.get(option);
    if (value === undefined && typeof options[option] === "string") {
      throw problem("mistake", module.place(node), `${maker} needs ${option}`);
    }
    return Object.hasOwn(options, option) ? value : undefined;
  };
  const number = (option: string): number | undefined => {
    const row = options[option];
    const node = wanted(option);
    return node === undefined ? (typeof row === "object" ? row.initial : undefined) : positive(module, node);
  };
  const [key, value, inner, mmapable] = ["key", "value", "inner", "mmapable"].map(wanted);
  const contents = wanted("programs") ?? wanted("maps");
  const depth = number("depth");
  const hashes = number("hashes");
  return {
    kind: "map",
    name,
    type,
    ...(key && { key: schema(module, key) }),
    ...(value && { value: schema(module, value) }),
    ...(inner && { inner: innerMap(module, inner) }),
    ...(contents && { contents: () => contentsOf(module, contents) }),
    ...(depth && { depth }),
    ...(hashes && { hashes }),
    maxEntries: number("maxEntries") ?? number("sizeBytes") ?? 0,
    mmapable: mmapable !== undefined && truth(module, mmapable),
    place: module.place(node),
  };
}

function givenOptions(
  module: Module,
  maker: string,
  node: CallExpression,
  known: readonly string[],
): Map<string, Expression> {
  const [options] = expectArguments(module, node, maker, known.length === 0 ? 0 : 1);
  const given = new Map(options === undefined ? [] : propertiesOf(module, bare(options)));
  for (const [option, value] of given) {
    if (!known.includes(option)) {
      throw problem("mistake", module.place(value), `${maker} has no option ${option}`, known.join(", "));
    }
  }
  return given;
}

function innerMap(module: Module, node: Expression): MapEntity {
  const entity = evaluate(module, node);
  if (entity.kind === "map") return entity;
  throw problem("mistake", module.place(node), `a map is wanted here, not ${describeEntity(entity)}`);
}

/** The programs or maps that `() => [first, second]` names. */
function contentsOf(module: Module, expression: Expression): (MapEntity | ProgramEntity)[] {
  const node = bare(expression);
  const list = node.type === "ArrowFunctionExpression" ? node.body : undefined;
  if (list?.type !== "ArrayExpression") {
    throw problem(
      "mistake",
      module.place(node),
      "a function that gives a list is wanted here",
      "() => [first, second]",
    );
  }
  return list.elements.map((element) => {
    const entity = element && element.type !== "SpreadElement" ? evaluate(module, element) : undefined;
    if (entity?.kind === "map" || entity?.kind === "program") return entity;
    throw problem("mistake", module.place(element ?? list), "a program or map of the module is wanted here");
  });
}

export function declareConfig(module: Module, name: string, node: CallExpression): ConfigEntity {
  const [type, initial] = expectArguments(module, node, "config", 2);
  const integer = schema(module, type!);
  if (integer.kind !== "integer") throw problem("notYet", module.place(type!), "configuration values are integers");
  const { value } = constant(module, initial!);
  return { kind: "config", name, type: integer, initial: BigInt(integer(value)), place: module.place(node) };
}

const subprogramKinds = { subprogram: "static", globalSubprogram: "global" } as const;

export function isSubprogramKind(name: string): name is keyof typeof subprogramKinds {
  return Object.hasOwn(subprogramKinds, name);
}

export function declareSubprogram(
  module: Module,
  name: string,
  maker: keyof typeof subprogramKinds,
  node: CallExpression,
): SubprogramEntity {
  const [given] = expectArguments(module, node, maker, 1);
  const handler = bare(given!);
  if (handler.type !== "ArrowFunctionExpression" || handler.async) {
    throw problem("notInLanguage", module.place(handler), `${maker} takes an arrow function`);
  }
  const linkage = subprogramKinds[maker];
  return { kind: "subprogram", name, linkage, node: handler, module, place: module.place(node) };
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
