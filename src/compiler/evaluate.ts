/** The value of a constant expression at the top level of a module: numbers, types, maps, hooks. */

import { array, bytes, type Schema, struct } from "../bytes/index.ts";
import { TarsierError } from "../errors/error.ts";
import { hookConstants, hookFunctions } from "../program/hook-table.ts";
import {
  declareConfig,
  declareMap,
  declareProgram,
  declareSubprogram,
  isHook,
  isMapKind,
  isSubprogramKind,
} from "./declarations.ts";
import { declareDefinedProgram, declareHook } from "./defined-hooks.ts";
import { type ConstantEntity, describeEntity, type Entity } from "./entity.ts";
import { declareGlobal } from "./globals.ts";
import type { Module } from "./module.ts";
import { foldOperator } from "./operators.ts";
import { problem } from "./problem.ts";
import type { Place } from "./source.ts";
import { specialByName } from "./special-types.ts";
import { argumentsOf, bare, type CallExpression, type Expression, staticMember } from "./syntax.ts";
import { type IntegerType, integerByName, type MemoryType, nameMemory } from "./types.ts";

/** What `const name = init` at the top level of `module` is. */
export function evaluateDeclaration(module: Module, name: string, init: Expression): Entity {
  const node = bare(init);
  if (node.type === "CallExpression") {
    const callee = evaluate(module, node.callee);
    if (callee.kind === "intrinsic") {
      if (isMapKind(callee.name)) return declareMap(module, name, callee.name, node);
      if (callee.name === "config") return declareConfig(module, name, node);
      if (callee.name === "global") return declareGlobal(module, name, node);
      if (isSubprogramKind(callee.name)) return declareSubprogram(module, name, callee.name, node);
      if (callee.name === "defineHook") return declareHook(module, node);
      if (isHook(callee.name)) return declareProgram(module, name, callee.name, node);
    }
    if (callee.kind === "object" && callee.hook !== undefined) {
      return declareDefinedProgram(module, name, callee.hook, node);
    }
  }
  const entity = evaluate(module, node);
  if (entity.kind === "memoryType") nameMemory(entity.type, name);
  return entity;
}

export function evaluate(module: Module, expression: Expression): Entity {
  const node = bare(expression);
  const place = module.place(node);
  switch (node.type) {
    case "Literal":
      return literal(node.value) ?? notConstant(module, node);
    case "Identifier": {
      const entity = module.value(node.name, place);
      if (entity === undefined) throw problem("mistake", place, `nothing here is named ${node.name}`);
      return asType(entity);
    }
    case "MemberExpression": {
      const member = staticMember(node);
      const found = member && memberOf(evaluate(module, member.object), member.name, place);
      return found ?? notConstant(module, node);
    }
    case "ObjectExpression":
      return { kind: "object", members: membersOf(module, node) };
    case "UnaryExpression": {
      const value = evaluate(module, node.argument);
      if (value.kind === "constant" && node.operator === "-") return { ...value, value: -value.value };
      if (value.kind === "constant" && node.operator === "~") return { ...value, value: ~value.value };
      return notConstant(module, node);
    }
    case "BinaryExpression": {
      if (node.left.type === "PrivateIdentifier") return notConstant(module, node);
      const left = constant(module, node.left);
      const right = constant(module, node.right);
      const value = foldOperator(node.operator, left.value, right.value);
      if (value === undefined || left.wide !== right.wide) return notConstant(module, node);
      return { kind: "constant", value, wide: left.wide };
    }
    case "CallExpression":
      return evaluateCall(module, node);
    default:
      return notConstant(module, node);
  }
}

/** The number that `expression` stands for. */
export function constant(module: Module, expression: Expression): ConstantEntity {
  const entity = evaluate(module, expression);
  if (entity.kind === "constant") return entity;
  throw problem("mistake", module.place(expression), `a constant number is wanted here, not ${describeEntity(entity)}`);
}

/** The string that `expression` stands for. */
export function text(module: Module, expression: Expression): string {
  const entity = evaluate(module, expression);
  if (entity.kind === "text") return entity.value;
  throw problem("mistake", module.place(expression), `a constant string is wanted here, not ${describeEntity(entity)}`);
}

/** The type of memory that `expression` stands for. */
export function schema(module: Module, expression: Expression): IntegerType | MemoryType {
  return expectType(evaluate(module, expression), module.place(expression));
}

function expectType(entity: Entity, place: Place): IntegerType | MemoryType {
  if (entity.kind === "integerType" || entity.kind === "memoryType") return entity.type;
  throw problem(
    "mistake",
    place,
    `a type is wanted here, not ${describeEntity(entity)}`,
    "u8 to u64, i8 to i64, bytes(n), array(type, n) or struct({ … })",
  );
}

/** A part of something constant: a member of an object, the size of a type. */
export function memberOf(entity: Entity, name: string, user: Place): Entity | undefined {
  if (entity.kind === "object") return entity.members.get(name);
  if (entity.kind === "namespace") return entity.module.exportedValue(name, user);
  if (entity.kind === "intrinsic") return memberOfIntrinsic(`${entity.name}.${name}`);
  const hasSize = entity.kind === "memoryType" || entity.kind === "integerType";
  if (hasSize && name === "sizeBytes") return { kind: "constant", value: BigInt(entity.type.sizeBytes), wide: false };
  if (entity.kind === "memoryType" && name === "length" && "length" in entity.type) {
    return { kind: "constant", value: BigInt(entity.type.length), wide: false };
  }
  return undefined;
}

/** `xdp.pass` is a number, `cgroupSkb.egress` a hook. */
function memberOfIntrinsic(path: string): Entity | undefined {
  if (Object.hasOwn(hookConstants, path)) {
    return { kind: "constant", value: BigInt(hookConstants[path as keyof typeof hookConstants]), wide: false };
  }
  const names = [...Object.keys(hookConstants), ...Object.keys(hookFunctions)];
  const isKnown = names.some((name) => name === path || name.startsWith(`${path}.`));
  return isKnown ? { kind: "intrinsic", name: path } : undefined;
}

/** The properties of an object literal, each a plain `name: value`. */
export function propertiesOf(module: Module, node: Expression): [string, Expression][] {
  if (node.type !== "ObjectExpression") {
    throw problem("mistake", module.place(node), "an object literal is wanted here");
  }
  return node.properties.map((property) => {
    if (property.type !== "Property" || property.computed || property.kind !== "init" || property.method) {
      throw problem("notInLanguage", module.place(property), "only plain `name: value` can stand here");
    }
    const { key } = property;
    const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? String(key.value) : undefined;
    if (name === undefined) throw problem("notInLanguage", module.place(key), "a plain name is wanted here");
    return [name, property.value];
  });
}

/** What `{ name: value, ...more }` holds; what stands later under the same name counts. */
function membersOf(module: Module, node: Expression & { type: "ObjectExpression" }): Map<string, Entity> {
  const members = new Map<string, Entity>();
  for (const property of node.properties) {
    if (property.type === "SpreadElement") {
      for (const [name, entity] of spreadIn(module, property.argument)) members.set(name, entity);
      continue;
    }
    const [[name, value]] = propertiesOf(module, { ...node, properties: [property] }) as [[string, Expression]];
    members.set(name, evaluate(module, value));
  }
  return members;
}

function spreadIn(module: Module, node: Expression): ReadonlyMap<string, Entity> {
  const entity = evaluate(module, node);
  if (entity.kind === "object") return entity.members;
  throw problem(
    "mistake",
    module.place(node),
    `${describeEntity(entity)} has no fields to be spread`,
    "name the fields as an object of their own: `const fields = { id: u32 }`",
  );
}

/** The fields of `struct({ … })`, an error at each that is no type. */
function fieldsOf(module: Module, given: Expression): [string, Schema][] {
  const node = bare(given);
  if (node.type !== "ObjectExpression") {
    return propertiesOf(module, node).map(([name, type]) => [name, schema(module, type) as Schema]);
  }
  const places = new Map<string, Place>();
  for (const property of node.properties) {
    if (property.type === "Property" && property.key.type === "Identifier") {
      places.set(property.key.name, module.place(property.value));
    }
  }
  return [...membersOf(module, node)].map(([name, entity]) => [
    name,
    expectType(entity, places.get(name) ?? module.place(node)) as Schema,
  ]);
}

function evaluateCall(module: Module, node: CallExpression): Entity {
  const callee = evaluate(module, node.callee);
  const given = argumentsOf(module.file, node);
  if (callee.kind === "integerType" && given.length === 1) {
    const { value } = constant(module, given[0]!);
    return { kind: "constant", value: BigInt(callee.type(value)), wide: callee.type.sizeBytes === 8 };
  }
  if (callee.kind !== "intrinsic") return notConstant(module, node);
  try {
    const type = makeType(module, callee.name, given);
    return type === undefined ? notConstant(module, node) : { kind: "memoryType", type };
  } catch (error) {
    if (!(error instanceof TarsierError) || error.kind !== "input") throw error;
    throw problem("mistake", module.place(node), error.message);
  }
}

function makeType(module: Module, maker: string, given: readonly Expression[]): MemoryType | undefined {
  if (maker === "bytes" && given.length === 1) return bytes(Number(constant(module, given[0]!).value));
  if (maker === "array" && given.length === 2) {
    return array(schema(module, given[0]!) as Schema, Number(constant(module, given[1]!).value));
  }
  if (maker === "struct" && given.length === 1) {
    return struct(Object.fromEntries(fieldsOf(module, given[0]!)) as Record<string, Schema>);
  }
  return undefined;
}

function literal(value: unknown): Entity | undefined {
  if (typeof value === "number" && Number.isInteger(value))
    return { kind: "constant", value: BigInt(value), wide: false };
  if (typeof value === "bigint") return { kind: "constant", value, wide: true };
  if (typeof value === "string") return { kind: "text", value };
  if (typeof value === "boolean") return { kind: "truth", value };
  return undefined;
}

/** `u32`, imported from the language, is a type. */
function asType(entity: Entity): Entity {
  if (entity.kind !== "intrinsic") return entity;
  const special = specialByName(entity.name);
  if (special !== undefined) return { kind: "memoryType", type: special.type };
  const type = integerByName.get(entity.name);
  return type === undefined ? entity : { kind: "integerType", type };
}

function notConstant(module: Module, node: Expression): never {
  throw problem(
    "notInLanguage",
    module.place(node),
    "the compiler cannot work out this value",
    "at the top level of a module stand constants, types, maps and programs; compute other values inside a program",
  );
}
