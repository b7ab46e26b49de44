/** Random loops, all of which end soon. */

import { type Expression, type IntegerName, integerNames, type Statement, wrap } from "../tree.ts";
import { boolean } from "./booleans.ts";
import { fresh, type Name, type Scope } from "./names.ts";
import { type Made, statements } from "./statements.ts";

const deepest = 2;

export function loop(scope: Scope): Made | undefined {
  if (scope.loops >= deepest) return undefined;
  return scope.body.world.random.chance(60) ? counted(scope) : conditional(scope);
}

const inside = (scope: Scope, counter: Name): Scope => ({
  ...scope,
  names: [...scope.names, counter],
  loops: scope.loops + 1,
  inLoop: true,
});

function counterOf(name: string, type: IntegerName): Name {
  return { name, mutable: false, type: { kind: "integer", name: type } };
}

function counted(scope: Scope): Made {
  const { random } = scope.body.world;
  const type = random.pick(integerNames);
  const name = fresh(scope, "turn");
  const step = BigInt(random.pick([1, 1, 1, 2, 3, -1, -1, -2]));
  const turns = BigInt(random.below(6));
  const low = type.startsWith("i") ? -3 : 8;
  const from = BigInt(random.between(step < 0n ? 12 : low, 14));
  const end = wrap(type, from + step * turns);
  const operators = step === 1n || step === -1n ? ["!=="] : [];
  const operator = random.pick([...operators, ...(step > 0n ? ["<", "<="] : [">", ">="])]);
  const body = statements(inside(scope, counterOf(name, type)), random.between(1, 4));
  return { scope, statements: [{ kind: "for", name, type, from, operator, to: end, step, body }] };
}

/** A counter and more in the condition; the counter moves first, so that `continue` does not pass it by. */
function conditional(scope: Scope): Made {
  const { random } = scope.body.world;
  const name = fresh(scope, "w");
  const limit = BigInt(random.between(1, 6));
  const counter: Expression = { kind: "name", name };
  const number = (value: bigint): Expression => ({ kind: "literal", type: "u32", value, cast: false });
  const within: Expression = { kind: "compare", operator: "<", type: "u32", left: counter, right: number(limit) };
  const test: Expression = random.chance(50)
    ? within
    : { kind: "logical", operator: "&&", left: within, right: boolean(scope, 2) };
  const move: Statement = { kind: "assign", target: counter, operator: "+", type: "u32", value: number(1n) };
  const body = [move, ...statements(inside(scope, counterOf(name, "u32")), random.between(1, 4))];
  const declare: Statement = { kind: "declare", name, mutable: true, annotation: "u32", value: number(0n) };
  return { scope, statements: [{ kind: "block", body: [declare, { kind: "while", test, body }] }] };
}
