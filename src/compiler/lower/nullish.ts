/** `a ?? b` and `a?.b`: what may be null, and what stands in its place. */

import * as isa from "../../isa/index.ts";
import type { Block } from "../ir.ts";
import { problem } from "../problem.ts";
import { bare, type ChainExpression, type Expression, type LogicalExpression } from "../syntax.ts";
import type { Type } from "../types.ts";
import { chosen } from "./choices.ts";
import { describe } from "./coerce.ts";
import { pointerValue } from "./conditions.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import type { Operand } from "./operand.ts";

/** A chain in two halves: what may be null, and what is done with it if it is not. */
interface Chain {
  readonly subject: Expression;
  /** The whole expression, with another in place of `subject`. */
  rest(subject: Expression): Expression;
}

/** `left ?? right`: the value on the right where a link of the chain on the left is null. */
export function lowerNullish(lowering: Lowering, node: LogicalExpression, expected?: Type): Operand {
  const { left, right } = node;
  const { builder } = lowering;
  const [present, absent] = [builder.newBlock(), builder.newBlock()];
  const chain = chainOf(lowering, left);
  const subject = lowerSubject(lowering, chain, absent);
  const place = lowering.place(node);
  if (subject.kind !== "null" && !("nullable" in subject)) {
    throw problem("mistake", lowering.place(chain.subject), `${describe(subject)} is never null`);
  }
  if (subject.kind === "null") return lowerExpression(lowering, right, expected);
  branchOnNull(lowering, subject, chain.subject, present, absent);
  const whole = () => lowerPresent(lowering, chain, subject, expected);
  return chosen(
    lowering,
    [
      { block: present, lower: whole, place: lowering.place(left) },
      { block: absent, lower: () => lowerExpression(lowering, right, expected), place: lowering.place(right) },
    ],
    place,
    expected,
  );
}

/** `entry?.data.store(…);`: done where nothing in the way is null. */
export function lowerChainAlone(lowering: Lowering, node: ChainExpression): void {
  const chain = chainOf(lowering, node);
  const { builder } = lowering;
  const [present, after] = [builder.newBlock(), builder.newBlock()];
  const subject = lowerSubject(lowering, chain, after);
  const place = lowering.place(node);
  branchOnNull(lowering, subject, chain.subject, present, after);
  lowering.enter(present);
  lowerPresent(lowering, chain, subject, undefined);
  lowering.jump(after, place);
  lowering.enter(after);
}

/** What may be null at the last `?.`; links in front of it that are null lead to `absent`. */
function lowerSubject(lowering: Lowering, chain: Chain, absent: Block): Operand {
  if (!hasOptional(chain.subject)) return lowerExpression(lowering, chain.subject);
  const inner = cutLink(lowering, chain.subject);
  const subject = lowerSubject(lowering, inner, absent);
  const present = lowering.builder.newBlock();
  branchOnNull(lowering, subject, inner.subject, present, absent);
  lowering.enter(present);
  return lowerPresent(lowering, inner, subject, undefined);
}

function branchOnNull(lowering: Lowering, subject: Operand, node: Expression, present: Block, absent: Block): void {
  const place = lowering.place(node);
  const operands: [ReturnType<typeof pointerValue>, ReturnType<typeof pointerValue>] = [
    pointerValue(lowering, subject, node),
    lowering.constant(0, place),
  ];
  const isNull = { condition: isa.jeq, width: 64 as const, operands };
  lowering.branch(isNull, { then: absent, otherwise: present }, place);
}

/** The rest of the chain, on a subject that is not null, under a name that no program can write. */
function lowerPresent(lowering: Lowering, chain: Chain, subject: Operand, expected: Type | undefined): Operand {
  const name = "(not null)";
  const operand = "nullable" in subject ? ({ ...subject, nullable: false } as Operand) : subject;
  let result: Operand = operand;
  lowering.scoped(() => {
    lowering.scope.declare(name, { kind: "fixed", operand });
    const { start, end } = chain.subject;
    result = lowerExpression(lowering, chain.rest({ type: "Identifier", name, start, end } as Expression), expected);
  });
  return result;
}

/** Cuts a chain at its last `?.`; links in front of that one are found when the subject is lowered. */
function chainOf(lowering: Lowering, expression: Expression): Chain {
  const node = bare(expression);
  if (node.type !== "ChainExpression") return { subject: node, rest: (subject) => subject };
  return cutLink(lowering, node.expression as Expression);
}

function cutLink(lowering: Lowering, link: Expression): Chain {
  if (link.type === "MemberExpression") {
    const replaced = (object: Expression): Expression => ({ ...link, object, optional: false }) as Expression;
    if (link.optional) return { subject: link.object, rest: replaced };
    const inner = cutLink(lowering, link.object);
    return { subject: inner.subject, rest: (subject) => replaced(inner.rest(subject)) };
  }
  if (link.type === "CallExpression" && !link.optional) {
    const inner = cutLink(lowering, link.callee);
    return { subject: inner.subject, rest: (subject) => ({ ...link, callee: inner.rest(subject) }) as Expression };
  }
  throw problem("notInLanguage", lowering.place(link), "optional calls", "compare with null first");
}

function hasOptional(node: Expression): boolean {
  if (node.type === "MemberExpression") return node.optional || hasOptional(node.object);
  return node.type === "CallExpression" && (node.optional || hasOptional(node.callee));
}
