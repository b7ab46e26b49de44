/** Random loops, all of which end soon. */

import { type Expression, type IntegerName, integerNames, type Statement, wrap } from "../tree.ts";
import { boolean } from "./booleans.ts";
import { hasVariableIndex, integer } from "./integers.ts";
import { fresh, type Name, type Scope } from "./names.ts";
import { place } from "./places.ts";
import { type Made, statements } from "./statements.ts";

const deepest = 2;

export function loop(scope: Scope): Made | undefined {
  const { random } = scope.body.world;
  if (scope.loops >= deepest) return undefined;
  const label = random.chance(25) ? fresh(scope, "loop") : undefined;
  const labels = label === undefined ? scope.labels : [...scope.labels, label];
  const inside = { ...scope, labels, loops: scope.loops + 1, inLoop: true };
  const kinds = [counted, counted, counted, conditional, conditional, overRange, overArray];
  const made = random.pick(kinds)(scope, inside);
  if (made === undefined) return undefined;
  const { before, turned } = made;
  const whole: Statement = label === undefined ? turned : { kind: "labeled", label, body: turned };
  return { scope, statements: before === undefined ? [whole] : [{ kind: "block", body: [before, whole] }] };
}

interface Loop {
  readonly before?: Statement;
  readonly turned: Statement;
}

const withNames = (scope: Scope, ...names: Name[]): Scope => ({ ...scope, names: [...scope.names, ...names] });
const number = (value: bigint): Expression => ({ kind: "literal", type: "u32", value, cast: false });

function counterOf(name: string, type: IntegerName): Name {
  return { name, mutable: false, type: { kind: "integer", name: type } };
}

function counted(scope: Scope, inside: Scope): Loop {
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
  const body = statements(withNames(inside, counterOf(name, type)), random.between(1, 4));
  return { turned: { kind: "for", name, type, from, operator, to: end, step, body } };
}

/** A counter and more in the condition; the counter moves first, so that `continue` does not pass it by. */
function conditional(scope: Scope, inside: Scope): Loop {
  const { random } = scope.body.world;
  const name = fresh(scope, "w");
  const limit = BigInt(random.between(1, 6));
  const counter: Expression = { kind: "name", name };
  const within: Expression = { kind: "compare", operator: "<", type: "u32", left: counter, right: number(limit) };
  const test: Expression = random.chance(50)
    ? within
    : { kind: "logical", operator: "&&", left: within, right: boolean(scope, 2) };
  const move: Statement = { kind: "assign", target: counter, operator: "+", type: "u32", value: number(1n) };
  const body = [move, ...statements(withNames(inside, counterOf(name, "u32")), random.between(1, 4))];
  const before: Statement = { kind: "declare", name, mutable: true, annotation: "u32", value: number(0n) };
  return { before, turned: { kind: random.chance(60) ? "while" : "doWhile", test, body } };
}

/** To a constant, or to something small that only the run knows. */
function overRange(scope: Scope, inside: Scope): Loop {
  const { random } = scope.body.world;
  const name = fresh(scope, "turn");
  const from = number(BigInt(random.below(3)));
  const to: Expression = random.chance(50)
    ? number(BigInt(random.below(8)))
    : {
        kind: "extreme",
        which: "min",
        type: "u32",
        left: integer(scope, "u32", 1),
        right: number(BigInt(random.below(8))),
      };
  const body = statements(withNames(inside, counterOf(name, "u32")), random.between(1, 3));
  return { turned: { kind: "forOf", name, over: { kind: "range", from, to }, body } };
}

function overArray(scope: Scope, inside: Scope): Loop | undefined {
  const { inner } = scope.body.world.structs;
  const found = place(scope, (type) => type.kind === "array", 0);
  if (found?.type.kind !== "array" || hasVariableIndex(found.node)) return undefined;
  const { element } = found.type;
  const name = fresh(scope, element.kind === "integer" ? "n" : "v");
  const item: Name | undefined =
    element.kind === "integer"
      ? counterOf(name, element.name)
      : element === inner
        ? {
            name,
            mutable: false,
            onStack: true,
            isChecked: true,
            type: { kind: "reference", to: inner, nullable: false },
          }
        : undefined;
  if (item === undefined) return undefined;
  const body = statements(withNames(inside, item), random3(scope));
  return { turned: { kind: "forOf", name, over: found.node, body } };
}

const random3 = ({ body }: Scope) => body.world.random.between(1, 3);
