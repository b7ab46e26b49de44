/** Random switches. */

import { type Case, type Expression, integerNames, wrap } from "../tree.ts";
import { integer } from "./integers.ts";
import type { Scope } from "./names.ts";
import { type Made, returned, statements } from "./statements.ts";

export function choice(scope: Scope): Made {
  const { random } = scope.body.world;
  const type = random.pick(integerNames);
  const left = integer(scope, type, 2);
  const right: Expression = { kind: "literal", type, value: 5n, cast: false };
  const subject: Expression = random.chance(70) ? { kind: "binary", operator: "%", type, left, right } : left;

  const values = new Set(Array.from({ length: random.between(1, 5) }, () => wrap(type, BigInt(random.below(7)) - 1n)));
  const tests = [...values].map((value): Expression => ({ kind: "literal", type, value, cast: false }));
  const cases: Case[] = [];
  const within = { ...scope, inLoop: false };
  while (tests.length > 0) {
    const own = tests.splice(0, random.between(1, 2));
    cases.push({ tests: own, isDefault: false, ...ending(within) });
  }
  if (random.chance(60)) cases.push({ tests: [], isDefault: true, ...ending(within) });
  return { scope, statements: [{ kind: "switch", type, subject, cases }] };
}

function ending(scope: Scope): Pick<Case, "body" | "end"> {
  const { random } = scope.body.world;
  const body = statements(scope, random.between(1, 2));
  if (random.chance(15)) return { body, end: "on" };
  if (random.chance(85)) return { body, end: "break" };
  const { returns } = scope.body;
  return {
    body: [...body, { kind: "return", ...(returns.kind !== "void" && { value: returned(scope) }) }],
    end: "return",
  };
}
