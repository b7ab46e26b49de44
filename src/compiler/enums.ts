/** `enum Verdict { Pass, Drop = 3 }`: an object of constants, and a type: `u32`, or `i32` if one of them is negative. */

import { type ConstantEntity, describeEntity, type Entity } from "./entity.ts";
import { constant } from "./evaluate.ts";
import type { Module } from "./module.ts";
import { foldOperator } from "./operators.ts";
import { problem } from "./problem.ts";
import { bare, type Expression, type TSEnumDeclaration } from "./syntax.ts";
import { integerType, type Type } from "./types.ts";

export function evaluateEnum(module: Module, node: TSEnumDeclaration): Entity & { kind: "object" } {
  const members = new Map<string, ConstantEntity>();
  let next: bigint | undefined = 0n;
  for (const { id, initializer, ...span } of node.body.members) {
    const place = module.place(span);
    if (id.type !== "Identifier") throw problem("notInLanguage", place, "a plain name is wanted here");
    const value: bigint | undefined = initializer === null ? next : valueOf(module, initializer, members);
    if (value === undefined) throw problem("mistake", place, `${id.name} has no value`);
    members.set(id.name, { kind: "constant", value, wide: false });
    next = value + 1n;
  }
  return { kind: "object", members };
}

/** A number, or a member that stands further up. */
function valueOf(module: Module, initializer: Expression, members: ReadonlyMap<string, ConstantEntity>): bigint {
  const node = bare(initializer);
  const known = node.type === "Identifier" ? members.get(node.name) : undefined;
  if (known !== undefined) return known.value;
  if (node.type === "BinaryExpression" && node.left.type !== "PrivateIdentifier") {
    const [left, right] = [valueOf(module, node.left, members), valueOf(module, node.right, members)];
    const value = foldOperator(node.operator, left, right);
    if (value !== undefined) return value;
  }
  const { value, wide } = constant(module, node);
  if (!wide) return value;
  throw problem(
    "mistake",
    module.place(node),
    `${describeEntity({ kind: "constant", value, wide })} that is no bigint is wanted here`,
  );
}

export function typeOfEnum(module: Module, node: TSEnumDeclaration): Type {
  const values = [...evaluateEnum(module, node).members.values()];
  const isNegative = values.some((entity) => entity.kind === "constant" && entity.value < 0n);
  return { kind: "integer", integer: integerType(isNegative ? "i32" : "u32") };
}
