/** `switch`: a chain of comparisons, then the bodies. */

import * as isa from "../../isa/index.ts";
import type { Block } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import type { Statement, SwitchStatement } from "../syntax.ts";
import { coerceInteger, settle } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import { widthOf } from "./integers.ts";
import type { Lowering } from "./lowering.ts";
import { lowerStatement } from "./statements.ts";

/** Cases share one scope, and run on into the next where nothing leads out. */
export function lowerSwitch(lowering: Lowering, node: SwitchStatement, label: string | undefined): void {
  const { builder } = lowering;
  const place = lowering.place(node);
  const subject = settle(lowering, lowerExpression(lowering, node.discriminant), place);
  if (subject.kind !== "integer") {
    throw problem("notInLanguage", lowering.place(node.discriminant), "a switch is over an integer");
  }
  const after = builder.newBlock();
  const bodies: { block: Block; statements: readonly Statement[]; place: Place }[] = [];
  let fallback = after;
  for (const { test, consequent, ...span } of node.cases) {
    const block = builder.newBlock();
    bodies.push({ block, statements: consequent, place: lowering.place(span) });
    if (test === null) {
      fallback = block;
      continue;
    }
    const casePlace = lowering.place(test);
    const value = coerceInteger(lowering, lowerExpression(lowering, test), subject.type, casePlace);
    const otherwise = builder.newBlock();
    const operands: [typeof value, typeof value] = [subject.value, value];
    const equal = { condition: isa.jeq, width: widthOf(subject.type), operands };
    lowering.branch(equal, { then: block, otherwise }, casePlace);
    lowering.enter(otherwise);
  }
  lowering.jump(fallback, place);

  lowering.escapes.push({ breakTo: after, label });
  lowering.scoped(() => {
    for (const [index, { block, statements, place: casePlace }] of bodies.entries()) {
      lowering.enter(block);
      for (const statement of statements) lowerStatement(lowering, statement);
      lowering.jump(bodies[index + 1]?.block ?? after, casePlace);
    }
  });
  lowering.escapes.pop();
  lowering.enter(after);
}
