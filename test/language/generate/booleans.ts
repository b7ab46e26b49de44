/** Random expressions that give a boolean. */

import { comparisonOperators } from "../operators.ts";
import { type Expression, integerNames } from "../tree.ts";
import { call } from "./calls.ts";
import { integer, nonNull, pair, position } from "./integers.ts";
import { key, mapsOf } from "./keys.ts";
import { namesOf, type Scope } from "./names.ts";
import { bytesPlace, integerPlace } from "./places.ts";

export const words = ["GET", "POST ", "HTTP/1.1", "a", "\u0000\u0000", "\u0000", "é€"];

type Maker = (scope: Scope, depth: number) => Expression | undefined;

const makers: readonly Maker[] = [
  compared,
  compared,
  compared,
  compared,
  named,
  truth,
  sameTruth,
  logical,
  logical,
  not,
  called,
  has,
  text,
  sameBytes,
  isNull,
  nullAndMore,
  conditional,
];

export function boolean(scope: Scope, depth: number): Expression {
  const { random } = scope.body.world;
  if (depth > 0) {
    for (let attempt = 0; attempt < 4; attempt++) {
      const made = random.pick(makers)(scope, depth);
      if (made !== undefined) return made;
    }
  }
  return compared(scope, depth);
}

function compared(scope: Scope, depth: number): Expression {
  const { random } = scope.body.world;
  const type = random.pick(integerNames);
  const [left, right] = pair(scope, type, depth);
  return { kind: "compare", operator: random.pick(comparisonOperators), type, left, right };
}

function named(scope: Scope): Expression | undefined {
  const found = namesOf(scope, ({ kind }) => kind === "boolean");
  return found.length === 0 ? undefined : { kind: "name", name: scope.body.world.random.pick(found).name };
}

/** Not as a whole condition: TypeScript knows what it leads to, and types nothing behind it. */
function truth(scope: Scope, depth: number): Expression | undefined {
  if (depth > 1) return undefined;
  return { kind: "truth", value: scope.body.world.random.chance(50) };
}

/** Two comparisons, as TypeScript knows what a constant is. */
function sameTruth(scope: Scope, depth: number): Expression {
  const operator = scope.body.world.random.pick(["===", "!=="]);
  return { kind: "sameTruth", operator, left: compared(scope, depth - 1), right: compared(scope, depth - 1) };
}

function logical(scope: Scope, depth: number): Expression {
  const operator = scope.body.world.random.pick(["&&", "||"]);
  return { kind: "logical", operator, left: boolean(scope, depth - 1), right: boolean(scope, depth - 1) };
}

function not(scope: Scope, depth: number): Expression {
  return { kind: "not", operand: boolean(scope, depth - 1) };
}

function called(scope: Scope, depth: number): Expression | undefined {
  return call(scope, ({ kind }) => kind === "boolean", depth);
}

function has(scope: Scope, depth: number): Expression | undefined {
  const map = mapsOf(scope, "hash").at(scope.body.world.random.below(3));
  if (map === undefined) return undefined;
  const given = key(scope, map, depth);
  return given && { kind: "has", map: map.name, key: given };
}

function text(scope: Scope, depth: number): Expression | undefined {
  const { random } = scope.body.world;
  const found = bytesPlace(scope, 1);
  if (found === undefined) return undefined;
  const { node: data, type } = found;
  const wanted = random.pick(words.filter((word) => Buffer.byteLength(word) <= type.length));
  const last = type.length - Buffer.byteLength(wanted);
  if (random.chance(40)) return { kind: "startsWith", data, text: wanted };
  return { kind: "startsWith", data, text: wanted, at: position(scope, last, depth) };
}

/** Two parts of one length. */
function sameBytes(scope: Scope): Expression | undefined {
  const [left, right] = [bytesPlace(scope, 1), bytesPlace(scope, 1)];
  if (left === undefined || right === undefined) return undefined;
  const length = scope.body.world.random.between(1, Math.min(left.type.length, right.type.length));
  const part = ({ node, type }: typeof left): Expression => {
    const start = scope.body.world.random.below(type.length - length + 1);
    return { kind: "slice", data: node, start, length };
  };
  return { kind: "equals", left: part(left), right: part(right) };
}

function isNull(scope: Scope): Expression | undefined {
  const found = namesOf(scope, (type) => type.kind === "reference" && type.nullable);
  if (found.length === 0) return undefined;
  const { random } = scope.body.world;
  return { kind: "isNull", operand: { kind: "name", name: random.pick(found).name }, negated: random.chance(50) };
}

/** `entry !== null && entry.field > …`, or `entry === null || …`. */
function nullAndMore(scope: Scope, depth: number): Expression | undefined {
  const { random } = scope.body.world;
  const found = namesOf(scope, (type) => type.kind === "reference" && type.nullable);
  if (found.length === 0) return undefined;
  const chosen = random.pick(found);
  const inner = integerPlace({ ...scope, names: [nonNull(chosen)] }, undefined, 0);
  if (inner?.type.kind !== "integer") return undefined;
  const type = inner.type.name;
  const negated = random.chance(60);
  return {
    kind: "logical",
    operator: negated ? "&&" : "||",
    left: { kind: "isNull", operand: { kind: "name", name: chosen.name }, negated },
    right: {
      kind: "compare",
      operator: random.pick(comparisonOperators),
      type,
      left: inner.node,
      right: integer(scope, type, depth - 2),
    },
  };
}

function conditional(scope: Scope, depth: number): Expression {
  const [test, yes, no] = [boolean(scope, depth - 1), compared(scope, depth - 1), boolean(scope, depth - 1)];
  return { kind: "conditional", of: "boolean", test, yes, no };
}
