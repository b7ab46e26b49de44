/** Places in memory: fields of fields, elements of arrays, byte strings. */

import type { BytesType, DataType, Expression, IntegerName, StructType } from "../tree.ts";
import { integer } from "./integers.ts";
import { readable, type Scope } from "./names.ts";

/** A place with its type. */
export interface Place {
  readonly node: Expression;
  readonly type: DataType;
}

/** A random place below some reference in reach whose type is wanted; `undefined` if there is none. */
export function place(scope: Scope, isWanted: (type: DataType) => boolean, depth: number): Place | undefined {
  const found = readable(scope).flatMap(({ name, type }) => {
    const to = (type as { to: StructType }).to;
    return pathsTo(to, isWanted).map((path) => ({ name, path }));
  });
  if (found.length === 0) return undefined;
  const { name, path } = scope.body.world.random.pick(found);
  return walk(scope, { kind: "name", name }, path, depth);
}

export function integerPlace(scope: Scope, type: IntegerName | undefined, depth: number): Place | undefined {
  return place(scope, (of) => of.kind === "integer" && (type === undefined || of.name === type), depth);
}

export function bytesPlace(scope: Scope, depth: number): (Place & { type: BytesType }) | undefined {
  const { random } = scope.body.world;
  const found = place(scope, (of) => of.kind === "bytes", depth);
  if (found?.type.kind !== "bytes") return undefined;
  const { node, type } = found;
  if (type.length < 4 || random.chance(75)) return { node, type };
  const length = random.between(2, type.length - 1);
  const start = random.below(type.length - length + 1);
  return { node: { kind: "slice", data: node, start, length }, type: { kind: "bytes", length } };
}

export function structPlace(scope: Scope, type: StructType, depth: number): Place | undefined {
  return place(scope, (of) => of === type, depth);
}

type Path = readonly (
  | { readonly field: string; readonly type: DataType }
  | { readonly array: DataType & { kind: "array" } }
)[];

function pathsTo(type: DataType, isWanted: (type: DataType) => boolean): Path[] {
  if (type.kind === "struct") {
    return type.fields.flatMap((field): Path[] => {
      const step = { field: field.name, type: field.type };
      const own: Path[] = isWanted(field.type) ? [[step]] : [];
      return [...own, ...pathsTo(field.type, isWanted).map((rest) => [step, ...rest])];
    });
  }
  if (type.kind !== "array") return [];
  const own: Path[] = isWanted(type.element) ? [[{ array: type }]] : [];
  return [...own, ...pathsTo(type.element, isWanted).map((rest) => [{ array: type }, ...rest])];
}

function walk(scope: Scope, from: Expression, path: Path, depth: number): Place {
  const { random } = scope.body.world;
  let node = from;
  let type: DataType = { kind: "bytes", length: 0 };
  let isVariable = false;
  for (const step of path) {
    if ("field" in step) {
      node = { kind: "field", object: node, name: step.field };
      type = step.type;
      continue;
    }
    const { array } = step;
    type = array.element;
    const constant: boolean = random.chance(isVariable ? 60 : 30);
    const index: Expression = constant
      ? { kind: "literal", type: "u32", value: BigInt(random.below(array.length)), cast: false }
      : variableIndex(scope, array.length, depth);
    isVariable ||= !constant;
    node = { kind: "element", object: node, index, form: random.chance(50) ? "at" : "[]" };
  }
  return { node, type };
}

/** An index that is inside most of the time. */
function variableIndex(scope: Scope, length: number, depth: number): Expression {
  const { random } = scope.body.world;
  const index = integer(scope, "u32", Math.min(1, depth - 1));
  if (random.chance(10)) return index;
  const limit = BigInt(random.chance(70) ? length : length + 1);
  const right: Expression = { kind: "literal", type: "u32", value: limit, cast: false };
  return { kind: "binary", operator: "%", type: "u32", left: index, right };
}
