/** Random statements. */

import { arithmeticOperators } from "../operators.ts";
import { bitsOf, type Expression, integerNames, type Statement } from "../tree.ts";
import { boolean, words } from "./booleans.ts";
import { argumentsFor, call, isCallable, noteCall } from "./calls.ts";
import { adaptable, hasVariableIndex, integer, nonNull, position } from "./integers.ts";
import { key, mapsOf } from "./keys.ts";
import { loop } from "./loops.ts";
import { fresh, isParameter, type Name, namesOf, readable, references, type Scope } from "./names.ts";
import { bytesPlace, integerPlace, structPlace } from "./places.ts";
import { choice } from "./switches.ts";

/** What a statement adds to the names behind it. */
export interface Made {
  readonly statements: readonly Statement[];
  readonly scope: Scope;
  /** Nothing behind it can be reached. */
  readonly ends?: boolean;
}

type Maker = (scope: Scope) => Made | undefined;

const depth = 3;

const makers: readonly Maker[] = [
  declareInteger,
  declareInteger,
  declareInteger,
  declareBoolean,
  declareStruct,
  declareCopy,
  declareKey,
  declareInside,
  declareChosen,
  lookUp,
  lookUp,
  lookUp,
  assignPlace,
  assignPlace,
  assignPlace,
  assignName,
  assignName,
  assignReference,
  assignStruct,
  assignStruct,
  writeText,
  update,
  storeBytes,
  copyBytes,
  branch,
  branch,
  loop,
  choice,
  choice,
  change,
  change,
  callAlone,
  repeated,
  leave,
  block,
];

/** Up to `count` statements, each with the names of those in front of it. */
export function statements(scope: Scope, count: number): Statement[] {
  const made: Statement[] = [];
  let current = scope;
  const frozen = new Set(scope.body.frozen);
  for (let index = 0; index < count && scope.body.budget > 0; index++) {
    const next = scope.body.world.random.pick(makers)(current);
    if (next === undefined) continue;
    scope.body.budget--;
    scope.body.weight += 1 + scope.loops;
    made.push(...next.statements);
    current = next.scope;
    if (next.ends === true) break;
  }
  scope.body.frozen.clear();
  for (const map of frozen) scope.body.frozen.add(map);
  return made;
}

const declared = (scope: Scope, name: Name): Scope => ({ ...scope, names: [...scope.names, name] });
const only = (scope: Scope, ...made: Statement[]): Made => ({ scope, statements: made });

function declareInteger(scope: Scope): Made {
  const { random } = scope.body.world;
  const type = random.pick(integerNames);
  const name = fresh(scope, "n");
  const annotated = random.chance(40);
  const value = annotated ? adaptable(scope, type, depth) : integer(scope, type, depth);
  const mutable = random.chance(60);
  const annotation = annotated ? { annotation: type } : {};
  return {
    statements: [{ kind: "declare", name, mutable, ...annotation, value }],
    scope: declared(scope, { name, mutable, type: { kind: "integer", name: type } }),
  };
}

function declareBoolean(scope: Scope): Made {
  const name = fresh(scope, "t");
  const mutable = scope.body.world.random.chance(60);
  const annotation = scope.body.world.random.chance(50) ? { annotation: "boolean" } : {};
  return {
    statements: [{ kind: "declare", name, mutable, ...annotation, value: boolean(scope, depth) }],
    scope: declared(scope, { name, mutable, type: { kind: "boolean" } }),
  };
}

/** A zeroed struct on the stack. */
function declareStruct(scope: Scope): Made | undefined {
  const { body } = scope;
  const type = body.world.random.pick([body.world.structs.inner, body.world.structs.key]);
  if (body.stack <= 0) return undefined;
  body.stack--;
  const name = fresh(scope, "s");
  return {
    statements: [{ kind: "declare", name, mutable: false, value: { kind: "zero", type } }],
    scope: declared(scope, {
      name,
      mutable: false,
      onStack: true,
      type: { kind: "reference", to: type, nullable: false },
    }),
  };
}

/** A copy of a struct, on the stack. */
function declareCopy(scope: Scope): Made | undefined {
  const { body } = scope;
  const { inner } = body.world.structs;
  const found = readable(scope).filter(({ type }) => type.kind === "reference" && type.to === inner);
  if (body.stack <= 0 || found.length === 0) return undefined;
  body.stack--;
  const name = fresh(scope, "s");
  const from: Expression = { kind: "name", name: body.world.random.pick(found).name };
  return {
    statements: [{ kind: "declare", name, mutable: false, value: { kind: "copyOf", type: inner, value: from } }],
    scope: declared(scope, {
      name,
      mutable: false,
      onStack: true,
      type: { kind: "reference", to: inner, nullable: false },
    }),
  };
}

/** A key, written down. */
function declareKey(scope: Scope): Made | undefined {
  const { body } = scope;
  const { key: to } = body.world.structs;
  if (body.stack <= 0) return undefined;
  body.stack--;
  const fields = to.fields.map(({ name, type }) => {
    if (type.kind !== "integer") throw new Error("keys have integers only");
    const right: Expression = { kind: "literal", type: type.name, value: 3n, cast: false };
    const left = integer(scope, type.name, 2);
    return { name, value: { kind: "binary", operator: "%", type: type.name, left, right } as const };
  });
  const name = fresh(scope, "s");
  return {
    statements: [{ kind: "declare", name, mutable: false, value: { kind: "of", type: to, fields } }],
    scope: declared(scope, { name, mutable: false, onStack: true, type: { kind: "reference", to, nullable: false } }),
  };
}

/** A struct into a place for one. */
function assignStruct(scope: Scope): Made | undefined {
  const { random, structs } = scope.body.world;
  const target = writable(structPlace(scope, structs.inner, 2));
  const found = readable(scope).filter(({ type }) => type.kind === "reference" && type.to === structs.inner);
  if (target === undefined || found.length === 0) return undefined;
  const value: Expression = { kind: "name", name: random.pick(found).name };
  return only(scope, { kind: "assign", target, operator: "", value });
}

function writeText(scope: Scope): Made | undefined {
  const found = bytesPlace(scope, 1);
  if (found === undefined) return undefined;
  const { random } = scope.body.world;
  const text = random.pick(words.filter((word) => Buffer.byteLength(word) <= found.type.length) as string[]);
  if (text === undefined) return undefined;
  const at = random.below(found.type.length - Buffer.byteLength(text) + 1);
  return only(scope, { kind: "writeText", data: found.node, at, text });
}

/** A name for a struct inside another. */
function declareInside(scope: Scope): Made | undefined {
  const { inner } = scope.body.world.structs;
  const found = structPlace(scope, inner, 1);
  if (found === undefined) return undefined;
  const name = fresh(scope, hasVariableIndex(found.node) ? "v" : "p");
  return {
    statements: [{ kind: "declare", name, mutable: false, value: found.node }],
    scope: declared(scope, {
      name,
      mutable: false,
      onStack: true,
      isChecked: hasVariableIndex(found.node),
      type: { kind: "reference", to: inner, nullable: false },
    }),
  };
}

/** A reference to one of two structs. */
function declareChosen(scope: Scope): Made | undefined {
  const { random, structs } = scope.body.world;
  const found = references(scope, structs.inner);
  if (found.length < 2) return undefined;
  const [one, other] = [random.pick(found), random.pick(found)];
  const name = fresh(scope, "r");
  const mutable = random.chance(50);
  const value: Expression = {
    kind: "conditional",
    of: "reference",
    test: boolean(scope, 2),
    yes: { kind: "name", name: one.name },
    no: { kind: "name", name: other.name },
  };
  return {
    statements: [{ kind: "declare", name, mutable, value }],
    scope: declared(scope, {
      name,
      mutable,
      onStack: one.onStack === true || other.onStack === true || mutable,
      type: one.type,
    }),
  };
}

/** An entry of a map, and what is done if there is none. */
function lookUp(scope: Scope): Made | undefined {
  const { body } = scope;
  const { random } = body.world;
  if (body.hasPacket && random.chance(35)) {
    const { header } = body.world.structs;
    const name = fresh(scope, "h");
    const value: Expression = { kind: "view", type: header, at: position(scope, 40, 2) };
    return found(
      scope,
      { name, mutable: false, onStack: true, type: { kind: "reference", to: header, nullable: true } },
      value,
    );
  }
  const isHash = random.chance(65);
  const map = random.pick(mapsOf(scope, isHash ? "hash" : "array"));
  const given = key(scope, map, depth);
  if (given === undefined) return undefined;
  const inserts = isHash && random.chance(60);
  const initial = inserts ? valueFor(scope, map.value) : undefined;
  if (inserts && initial === undefined) return undefined;
  const value: Expression = inserts
    ? { kind: "getOrInsert", map: map.name, key: given, initial: initial! }
    : { kind: "get", map: map.name, key: given };
  const name = fresh(scope, "e");
  const to =
    typeof map.value === "string"
      ? ({
          kind: "struct",
          name: "box",
          fields: [{ name: "value", type: { kind: "integer", name: map.value } }],
        } as const)
      : map.value;
  body.frozen.add(map.name);
  return found(scope, { name, mutable: false, type: { kind: "reference", to, nullable: true } }, value);
}

/** A name for what may be null, and what is done about that. */
function found(scope: Scope, entry: Name, value: Expression): Made {
  const { name } = entry;
  const { random } = scope.body.world;
  const declare: Statement = { kind: "declare", name, mutable: false, value };
  const test = (negated: boolean): Expression => ({ kind: "isNull", operand: { kind: "name", name }, negated });
  const inside = declared(scope, nonNull(entry));

  const form = random.below(4);
  if (form === 0) return { statements: [declare], scope: declared(scope, entry) };
  if (form === 1) {
    const then = statements(inside, 3);
    const otherwise = random.chance(40) ? { otherwise: statements(scope, 2) } : {};
    return {
      statements: [declare, { kind: "if", test: test(true), then, ...otherwise }],
      scope: declared(scope, entry),
    };
  }
  return { statements: [declare, { kind: "if", test: test(false), then: [wayOut(scope)] }], scope: inside };
}

/** Out of the loop, or of the function. */
function wayOut(scope: Scope): Statement {
  const { random } = scope.body.world;
  const how = random.pick(["break", "continue"] as const);
  if (scope.labels.length > 0 && random.chance(40)) return { kind: how, label: random.pick(scope.labels) };
  if (scope.inLoop && random.chance(70)) return { kind: how };
  const { returns } = scope.body;
  if (returns.kind === "void") return { kind: "return" };
  return { kind: "return", value: returned(scope) };
}

export function returned(scope: Scope): Expression {
  const { returns, world } = scope.body;
  if (returns.kind === "integer") return adaptable(scope, returns.name, 2);
  if (returns.kind === "boolean") return boolean(scope, 2);
  const found =
    returns.kind === "reference" ? references(scope, returns.to).filter(({ name }) => isParameter(name)) : [];
  if (found.length === 0 || world.random.chance(30)) return { kind: "null" };
  return { kind: "name", name: world.random.pick(found).name };
}

function valueFor(scope: Scope, type: string | object): Expression | undefined {
  const { body } = scope;
  if (typeof type === "string") return adaptable(scope, type as "u32", 2);
  const { inner } = body.world.structs;
  if (type !== inner) return undefined;
  const found = references(scope, inner);
  if (found.length > 0 && body.world.random.chance(60)) {
    return { kind: "name", name: body.world.random.pick(found).name };
  }
  if (body.stack <= 0) return undefined;
  body.stack--;
  return { kind: "zero", type: inner };
}

function writable(found: { readonly node: Expression } | undefined): Expression | undefined {
  return found?.node.kind === "element" ? { ...found.node, form: "[]" } : found?.node;
}

function assignPlace(scope: Scope): Made | undefined {
  const { random } = scope.body.world;
  const found = integerPlace(scope, undefined, 2);
  const target = writable(found);
  if (found?.type.kind !== "integer" || target === undefined) return undefined;
  return only(scope, assignment(scope, target, found.type.name, random.chance(45)));
}

function assignment(
  scope: Scope,
  target: Expression,
  type: (typeof integerNames)[number],
  compound: boolean,
): Statement {
  const { random } = scope.body.world;
  const operators = arithmeticOperators.filter((one) => one !== ">>>" || bitsOf(type) < 64);
  const operator = compound ? random.pick(operators) : "";
  return { kind: "assign", target, operator, type, value: adaptable(scope, type, depth) };
}

function assignName(scope: Scope): Made | undefined {
  const { random } = scope.body.world;
  const found = namesOf(scope, ({ kind }) => kind === "integer" || kind === "boolean").filter(({ mutable }) => mutable);
  if (found.length === 0) return undefined;
  const { name, type } = random.pick(found);
  const target: Expression = { kind: "name", name };
  if (type.kind === "integer") return only(scope, assignment(scope, target, type.name, random.chance(50)));
  return only(scope, { kind: "assign", target, operator: "", value: boolean(scope, depth) });
}

/** What it is given was in reach before it was: so it lives as long. */
function assignReference(scope: Scope): Made | undefined {
  const { random, structs } = scope.body.world;
  const found = references(scope, structs.inner);
  const targets = found.filter(({ mutable }) => mutable);
  if (targets.length === 0) return undefined;
  const chosen = random.pick(targets);
  const { name } = random.pick(found.slice(0, found.indexOf(chosen) + 1));
  return only(scope, {
    kind: "assign",
    target: { kind: "name", name: chosen.name },
    operator: "",
    value: { kind: "name", name },
  });
}

function update(scope: Scope): Made | undefined {
  const { random } = scope.body.world;
  const operator = random.pick(["++", "--"] as const);
  const names = namesOf(scope, ({ kind }) => kind === "integer").filter(({ mutable }) => mutable);
  if (names.length > 0 && random.chance(60)) {
    const { name, type } = random.pick(names);
    if (type.kind !== "integer") return undefined;
    return only(scope, { kind: "update", target: { kind: "name", name }, operator, type: type.name });
  }
  const found = integerPlace(scope, undefined, 2);
  const target = writable(found);
  if (found?.type.kind !== "integer" || target === undefined) return undefined;
  return only(scope, { kind: "update", target, operator, type: found.type.name });
}

function storeBytes(scope: Scope): Made | undefined {
  const bytes = bytesPlace(scope, 0);
  const type = scope.body.world.random.pick(integerNames);
  const size = bitsOf(type) / 8;
  if (bytes === undefined || bytes.type.length < size) return undefined;
  const at = position(scope, bytes.type.length - size, 2);
  return only(scope, { kind: "store", data: bytes.node, type, at, value: adaptable(scope, type, depth) });
}

/** A copy between two byte strings, its length bounded by a constant, its positions constant or not. */
function copyBytes(scope: Scope): Made | undefined {
  const { random } = scope.body.world;
  const [target, source] = [bytesPlace(scope, 0), bytesPlace(scope, 0)];
  if (target === undefined || source === undefined || hasVariableIndex(target.node) || hasVariableIndex(source.node)) {
    return undefined;
  }
  if (!areApart(rootOf(target.node), rootOf(source.node))) return undefined;
  const room = Math.min(target.type.length, source.type.length);
  const limit = random.between(1, Math.max(1, room >> 1));
  const right: Expression = { kind: "literal", type: "u32", value: BigInt(limit), cast: false };
  const length: Expression = random.chance(30)
    ? right
    : { kind: "extreme", which: "min", type: "u32", left: integer(scope, "u32", 1), right };
  const at = position(scope, target.type.length - limit, 2);
  const sourceAt = position(scope, source.type.length - limit, 2);
  const value: Expression = {
    kind: "copy",
    data: target.node,
    at,
    length,
    source: source.node,
    sourceAt,
    longest: limit,
  };
  const name = fresh(scope, "t");
  return {
    statements: [{ kind: "declare", name, mutable: false, value }],
    scope: declared(scope, { name, mutable: false, type: { kind: "boolean" } }),
  };
}

/** What a copy between overlapping bytes leaves is not defined: one of the two is a struct of its own, on the stack. */
function areApart(one: string, other: string): boolean {
  const isOwn = (name: string) => name.startsWith("s");
  return one !== other && (isOwn(one) || isOwn(other)) && !one.startsWith("r") && !other.startsWith("r");
}

function rootOf(node: Expression): string {
  if (node.kind === "name") return node.name;
  if (node.kind === "slice") return rootOf(node.data);
  return node.kind === "field" || node.kind === "element" ? rootOf(node.object) : "";
}

function branch(scope: Scope): Made {
  const { random } = scope.body.world;
  const then = statements(scope, random.between(1, 3));
  const otherwise = random.chance(50) ? { otherwise: statements(scope, random.between(1, 3)) } : {};
  return only(scope, { kind: "if", test: boolean(scope, depth), then, ...otherwise });
}

/** Putting an entry into a map, or taking it out, where nobody holds it. */
function change(scope: Scope): Made | undefined {
  const { body } = scope;
  const { random } = body.world;
  const maps = mapsOf(scope, "hash").filter(({ name }) => !body.frozen.has(name));
  if (maps.length === 0) return undefined;
  const map = random.pick(maps);
  const given = key(scope, map, depth);
  if (given === undefined) return undefined;
  const value = random.chance(60) ? valueFor(scope, map.value) : undefined;
  const action: Expression =
    value === undefined
      ? { kind: "delete", map: map.name, key: given }
      : { kind: "set", map: map.name, key: given, value };
  body.replaces.add(map.name);
  if (random.chance(40)) return only(scope, { kind: "expression", value: action });
  const name = fresh(scope, "t");
  return {
    statements: [{ kind: "declare", name, mutable: false, value: action }],
    scope: declared(scope, { name, mutable: false, type: { kind: "boolean" } }),
  };
}

function callAlone(scope: Scope): Made | undefined {
  const { structs } = scope.body.world;
  if (scope.body.world.random.chance(40)) {
    const value = call(scope, ({ kind }) => kind === "reference", depth);
    if (value === undefined) return undefined;
    const name = fresh(scope, "r");
    return {
      statements: [{ kind: "declare", name, mutable: false, value }],
      scope: declared(scope, {
        name,
        mutable: false,
        onStack: true,
        type: { kind: "reference", to: structs.inner, nullable: true },
      }),
    };
  }
  const value = call(scope, ({ kind }) => kind === "void", depth);
  return value && only(scope, { kind: "expression", value });
}

function repeated(scope: Scope): Made | undefined {
  const { random, functions } = scope.body.world;
  const found = functions.filter((known) => known.isStep && isCallable(scope, known));
  if (found.length === 0 || scope.body.isStep || scope.loops > 0) return undefined;
  const step = random.pick(found);
  const given = argumentsFor(scope, step.node.parameters.slice(1), 2, ({ onStack }) => onStack !== true);
  if (given === undefined) return undefined;
  noteCall(scope, step);
  const count: Expression = random.chance(50)
    ? { kind: "literal", type: "u32", value: BigInt(random.below(7)), cast: false }
    : {
        kind: "binary",
        operator: "%",
        type: "u32",
        left: integer(scope, "u32", 1),
        right: { kind: "literal", type: "u32", value: 8n, cast: false },
      };
  return only(scope, { kind: "repeat", count, step: step.node.name, given });
}

/** Leaving a loop or the function under a condition. */
function leave(scope: Scope): Made | undefined {
  return only(scope, { kind: "if", test: boolean(scope, 2), then: [wayOut(scope)] });
}

function block(scope: Scope): Made {
  return only(scope, { kind: "block", body: statements(scope, 2) });
}
