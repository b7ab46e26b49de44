/** Random expressions that give an integer. */

import { arithmeticOperators } from "../operators.ts";
import { bitsOf, type Expression, type IntegerName, integerNames, type StructType } from "../tree.ts";
import { boolean } from "./booleans.ts";
import { call } from "./calls.ts";
import { key } from "./keys.ts";
import { namesOf, references, type Scope } from "./names.ts";
import { bytesPlace, integerPlace } from "./places.ts";

type Maker = (scope: Scope, type: IntegerName, depth: number) => Expression | undefined;

/** Expressions that need no others, then those that do, each as often as it stands here. */
const leaves: readonly Maker[] = [
  literal,
  constant,
  configured,
  named,
  named,
  named,
  named,
  loaded,
  loaded,
  loaded,
  loaded,
];
const branches: readonly Maker[] = [
  named,
  loaded,
  binary,
  binary,
  binary,
  binary,
  unary,
  cast,
  cast,
  conditional,
  extreme,
  bits,
  called,
  fromBytes,
  length,
  nullChecked,
  nullish,
  fromPacket,
  fromPacket,
  atomic,
];

/** An expression that has the type by itself. */
export function integer(scope: Scope, type: IntegerName, depth: number): Expression {
  const { random } = scope.body.world;
  for (let attempt = 0; attempt < 6; attempt++) {
    const made = random.pick(depth <= 0 ? leaves : branches)(scope, type, depth);
    if (made !== undefined) return made;
  }
  return literal(scope, type);
}

/** An expression that stands where its type is known: a plain number will do. */
export function adaptable(scope: Scope, type: IntegerName, depth: number): Expression {
  if (!scope.body.world.random.chance(25)) return integer(scope, type, depth);
  return { kind: "literal", type, value: scope.body.world.random.value(type), cast: false };
}

function literal({ body }: Scope, type: IntegerName): Expression {
  return { kind: "literal", type, value: body.world.random.value(type), cast: true };
}

function constant({ body }: Scope, type: IntegerName): Expression | undefined {
  const found = body.world.constants.filter((one) => one.type === type);
  return found.length === 0 || body.world.random.chance(50) ? undefined : body.world.random.pick(found);
}

function configured({ body }: Scope, type: IntegerName): Expression | undefined {
  const found = body.world.configs.filter((one) => one.type === type);
  return found.length === 0 ? undefined : { kind: "name", name: body.world.random.pick(found).name };
}

function named(scope: Scope, type: IntegerName): Expression | undefined {
  const found = namesOf(scope, (of) => of.kind === "integer" && of.name === type);
  if (found.length > 0) return { kind: "name", name: scope.body.world.random.pick(found).name };
  return undefined;
}

function loaded(scope: Scope, type: IntegerName, depth: number): Expression | undefined {
  return integerPlace(scope, type, depth)?.node;
}

function binary(scope: Scope, type: IntegerName, depth: number): Expression {
  const { random } = scope.body.world;
  const operators = bitsOf(type) === 64 ? arithmeticOperators.filter((one) => one !== ">>>") : arithmeticOperators;
  const operator = random.pick(operators);
  const [left, right] = pair(scope, type, depth);
  return { kind: "binary", operator, type, left, right };
}

/** Two operands, one of which may be a plain number. */
export function pair(scope: Scope, type: IntegerName, depth: number): [Expression, Expression] {
  const [one, other] = [integer(scope, type, depth - 1), adaptable(scope, type, depth - 1)];
  if (other.kind !== "literal" || other.cast || scope.body.world.random.chance(70)) return [one, other];
  return [other, one];
}

function unary(scope: Scope, type: IntegerName, depth: number): Expression {
  const operator = scope.body.world.random.pick(["-", "~"]);
  return { kind: "unary", operator, type, operand: integer(scope, type, depth - 1) };
}

function cast(scope: Scope, to: IntegerName, depth: number): Expression {
  const from = scope.body.world.random.pick(integerNames);
  return { kind: "cast", to, from, operand: integer(scope, from, depth - 1) };
}

function conditional(scope: Scope, type: IntegerName, depth: number): Expression {
  const test = boolean(scope, depth - 1);
  const [yes, no] = pair(scope, type, depth);
  return { kind: "conditional", of: "integer", test, yes, no };
}

function extreme(scope: Scope, type: IntegerName, depth: number): Expression {
  const [left, right] = pair(scope, type, depth);
  return { kind: "extreme", which: scope.body.world.random.pick(["min", "max"] as const), type, left, right };
}

function bits(scope: Scope, type: IntegerName, depth: number): Expression | undefined {
  if (type === "u16") return { kind: "bits", which: "byteSwap16", operand: integer(scope, "u16", depth - 1) };
  if (type !== "u32") return undefined;
  const which = scope.body.world.random.pick(["countTrailingZeros", "log2", "byteSwap32"] as const);
  const operand = integer(scope, which === "byteSwap32" ? "u32" : "u64", depth - 1);
  const node: Expression = { kind: "bits", which, operand };
  if (which !== "countTrailingZeros" || scope.body.world.random.chance(60)) return node;
  const three: Expression = { kind: "literal", type, value: 3n, cast: false };
  return { kind: "binary", operator: ">>", type, left: node, right: three };
}

function called(scope: Scope, type: IntegerName, depth: number): Expression | undefined {
  return call(scope, (of) => of.kind === "integer" && of.name === type, depth);
}

function fromBytes(scope: Scope, type: IntegerName, depth: number): Expression | undefined {
  const bytes = bytesPlace(scope, 0);
  if (bytes === undefined) return undefined;
  const size = bitsOf(type) / 8;
  if (bytes.type.length < size) return undefined;
  return { kind: "load", data: bytes.node, type, at: position(scope, bytes.type.length - size, depth) };
}

/** A position in a byte string: a constant up to `last`, or anything near. */
export function position(scope: Scope, last: number, depth: number): Expression {
  const { random } = scope.body.world;
  if (random.chance(40)) return { kind: "literal", type: "u32", value: BigInt(random.below(last + 1)), cast: false };
  const right: Expression = { kind: "literal", type: "u32", value: BigInt(last + 2), cast: false };
  return { kind: "binary", operator: "%", type: "u32", left: integer(scope, "u32", Math.min(1, depth - 1)), right };
}

export function hasVariableIndex(node: Expression): boolean {
  if (node.kind === "element") return node.index.kind !== "literal" || node.index.cast || hasVariableIndex(node.object);
  if (node.kind === "slice") return hasVariableIndex(node.data);
  return node.kind === "name" ? node.name.startsWith("v") : node.kind === "field" && hasVariableIndex(node.object);
}

function length(scope: Scope, type: IntegerName): Expression | undefined {
  const bytes = type === "u32" ? bytesPlace(scope, 0) : undefined;
  return bytes && { kind: "length", object: bytes.node };
}

/** `entry !== null ? entry.field : …` of a name that may be null. */
function nullChecked(scope: Scope, type: IntegerName, depth: number): Expression | undefined {
  const found = namesOf(scope, (of) => of.kind === "reference" && of.nullable);
  if (found.length === 0) return undefined;
  const chosen = scope.body.world.random.pick(found);
  const known = { ...scope, names: [nonNull(chosen)] };
  const inner = integerPlace(known, type, 0);
  if (inner === undefined) return undefined;
  const negated = scope.body.world.random.chance(70);
  const test: Expression = { kind: "isNull", operand: { kind: "name", name: chosen.name }, negated };
  const other = adaptable(scope, type, depth - 1);
  const [yes, no] = negated ? [inner.node, other] : [other, inner.node];
  return { kind: "conditional", of: "integer", test, yes, no };
}

export function nonNull<Name extends { readonly type: { readonly kind: string } }>(name: Name): Name {
  return { ...name, type: { ...name.type, nullable: false } };
}

/** `entry?.field ?? …`, of a name or of what a map gives. */
function nullish(scope: Scope, type: IntegerName, depth: number): Expression | undefined {
  const { random, maps } = scope.body.world;
  const hasField = (to: StructType) => to.fields.filter(({ type: of }) => of.kind === "integer" && of.name === type);
  const other = adaptable(scope, type, depth - 1);
  const names = scope.names.flatMap(({ name, type: of }) =>
    of.kind === "reference" && of.nullable ? hasField(of.to).map((field) => ({ name, field: field.name })) : [],
  );
  if (names.length > 0 && random.chance(60)) {
    const { name, field } = random.pick(names);
    return { kind: "nullish", subject: { kind: "name", name }, field, other };
  }
  const found = maps.flatMap((map) => {
    if (typeof map.value === "string") return map.value === type ? [{ map, field: "value" }] : [];
    return hasField(map.value).map(({ name }) => ({ map, field: name }));
  });
  if (found.length === 0) return undefined;
  const { map, field } = random.pick(found);
  const given = key(scope, map, depth - 1);
  return given && { kind: "nullish", subject: { kind: "get", map: map.name, key: given }, field, other };
}

function fromPacket(scope: Scope, type: IntegerName, depth: number): Expression | undefined {
  const { body } = scope;
  if (!body.hasPacket) return undefined;
  if (type === "u32" && body.world.random.chance(30)) return { kind: "packetLength" };
  return { kind: "packetLoad", type, at: position(scope, 70, depth) };
}

function atomic(scope: Scope, type: IntegerName, depth: number): Expression | undefined {
  const { random } = scope.body.world;
  if (bitsOf(type) < 32) return undefined;
  const found = references(scope).flatMap(({ name, type: of }) =>
    of.kind !== "reference" || of.to === scope.body.world.structs.header
      ? []
      : of.to.fields
          .filter((field) => field.type.kind === "integer" && field.type.name === type)
          .map((field) => ({ name, field: field.name })),
  );
  if (found.length === 0) return undefined;
  const { name, field } = random.pick(found);
  const operation = random.pick(["add", "exchange", "compareExchange"] as const);
  const given = [adaptable(scope, type, depth - 1)];
  if (operation === "compareExchange") given.push(adaptable(scope, type, depth - 1));
  return { kind: "atomic", operation, type, object: { kind: "name", name }, field, given };
}
