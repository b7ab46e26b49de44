/** Loops. The verifier walks through every turn, so that each must have an end that it can see. */

import * as isa from "../../isa/index.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import {
  argumentsOf,
  bare,
  type DoWhileStatement,
  type Expression,
  type ForOfStatement,
  type ForStatement,
  type Statement,
  type WhileStatement,
} from "../syntax.ts";
import { integerType, type Type } from "../types.ts";
import { assignedNames } from "./assigned-names.ts";
import { coerceInteger, coercePosition, describe, refuseNull } from "./coerce.ts";
import { lowerCondition } from "./conditions.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { elementOf, readPlace } from "./memory.ts";
import { lowerNumbers, numbersOf } from "./numbers.ts";
import type { MemoryOperand } from "./operand.ts";
import { lowerStatement, lowerVariables } from "./statements.ts";
import { newVariable } from "./variables.ts";

type LoopStatement = ForStatement | ForOfStatement | WhileStatement | DoWhileStatement;

export function lowerLoop(lowering: Lowering, node: LoopStatement, label: string | undefined): void {
  const place = lowering.place(node);
  switch (node.type) {
    case "ForStatement":
      return lowering.scoped(() => {
        const { init, test, update, body } = node;
        if (init?.type === "VariableDeclaration") lowerVariables(lowering, init);
        else if (init !== null) lowerExpression(lowering, init);
        turn(lowering, { test, update, body, label }, place);
      });
    case "WhileStatement":
      return turn(lowering, { test: node.test, update: null, body: node.body, label }, place);
    case "DoWhileStatement":
      return lowerDoWhile(lowering, node, label);
    case "ForOfStatement":
      return lowerForOf(lowering, node, label);
  }
}

interface Loop {
  readonly test: Expression | null;
  readonly update: Expression | null;
  readonly body: Statement;
  readonly label: string | undefined;
}

function turn(lowering: Lowering, { test, update, body, label }: Loop, place: Place): void {
  const { builder } = lowering;
  const [head, inside, next, after] = [builder.newBlock(), builder.newBlock(), builder.newBlock(), builder.newBlock()];
  lowering.jump(head, place);
  lowering.enterLoop(head, assignedNames([test, update, body]));
  if (test === null) lowering.jump(inside, place);
  else lowerCondition(lowering, test, { then: inside, otherwise: after });

  lowering.enter(inside);
  lowering.escapes.push({ breakTo: after, continueTo: next, label });
  lowering.scoped(() => lowerStatement(lowering, body));
  lowering.escapes.pop();
  lowering.jump(next, place);

  lowering.enter(next);
  if (update !== null && lowering.reachable) lowerExpression(lowering, update);
  lowering.jump(head, place);
  builder.seal(head);
  lowering.enter(after);
}

function lowerDoWhile(lowering: Lowering, { test, body, ...span }: DoWhileStatement, label: string | undefined): void {
  const { builder } = lowering;
  const place = lowering.place(span);
  const [head, next, after] = [builder.newBlock(), builder.newBlock(), builder.newBlock()];
  lowering.jump(head, place);
  lowering.enterLoop(head, assignedNames([test, body]));
  lowering.escapes.push({ breakTo: after, continueTo: next, label });
  lowering.scoped(() => lowerStatement(lowering, body));
  lowering.escapes.pop();
  lowering.jump(next, place);

  lowering.enter(next);
  if (lowering.reachable) lowerCondition(lowering, test, { then: head, otherwise: after });
  builder.seal(head);
  lowering.enter(after);
}

/** `for (const element of array)` and `for (const index of range(from, to))`. */
function lowerForOf(lowering: Lowering, node: ForOfStatement, label: string | undefined): void {
  const place = lowering.place(node);
  const { left, right, body, await: isAsync } = node;
  const declaration =
    left.type === "VariableDeclaration" && left.kind === "const" ? left.declarations[0]?.id : undefined;
  if (isAsync || declaration?.type !== "Identifier") {
    throw problem("notInLanguage", lowering.place(left), "a loop over elements names each: `for (const element of …)`");
  }
  const { name } = declaration;
  const counted = numbersOf(lowering, right);
  if (counted !== undefined) return lowerNumbers(lowering, { ...counted, name, body, label, place });
  const bounds = rangeOf(lowering, right);
  if (bounds !== undefined) {
    return countedTurn(lowering, { ...bounds, body, label, place }, (index) => {
      lowering.scope.declare(name, {
        kind: "fixed",
        operand: { kind: "integer", type: integerType("u32"), value: index },
      });
    });
  }
  const array = lowerExpression(lowering, right);
  refuseNull(array, lowering.place(right));
  if (array.kind !== "memory" || array.type.kind !== "array") {
    throw problem(
      "notInLanguage",
      lowering.place(right),
      `${describe(array)} has no elements to go through`,
      "an array or range(from, to)",
    );
  }
  const from = lowering.constant(0, place);
  const to = lowering.constant(array.type.length, place);
  countedTurn(lowering, { from, to, body, label, place }, (index) => {
    const at = elementOf(lowering, array as MemoryOperand, { value: index }, place);
    lowering.scope.declare(name, { kind: "fixed", operand: readPlace(lowering, at, place) });
  });
}

/** The bounds of `range(to)` and `range(from, to)`. */
function rangeOf(lowering: Lowering, expression: Expression): { from: Value; to: Value } | undefined {
  const node = bare(expression);
  if (node.type !== "CallExpression") return undefined;
  const callee = bare(node.callee);
  if (callee.type !== "Identifier" || lowering.scope.find(callee.name) !== undefined) return undefined;
  const entity = lowering.module.value(callee.name, lowering.place(callee));
  if (entity?.kind !== "intrinsic" || entity.name !== "range") return undefined;
  const given = argumentsOf(lowering.module.file, node);
  const place = lowering.place(node);
  if (given.length < 1 || given.length > 2) throw problem("mistake", place, "range takes one or two numbers");
  const [first, second] = given.map((one) =>
    coercePosition(lowering, lowerExpression(lowering, one), lowering.place(one)),
  );
  return second === undefined ? { from: lowering.constant(0, place), to: first! } : { from: first!, to: second };
}

interface Counted {
  readonly from: Value;
  readonly to: Value;
  readonly body: Statement;
  readonly label: string | undefined;
  readonly place: Place;
}

function countedTurn(
  lowering: Lowering,
  { from, to, body, label, place }: Counted,
  declare: (index: Value) => void,
): void {
  const { builder } = lowering;
  const [head, inside, next, after] = [builder.newBlock(), builder.newBlock(), builder.newBlock(), builder.newBlock()];
  const type: Type = { kind: "integer", integer: integerType("u32") };
  const { variable } = newVariable("index", type);
  builder.write(variable, from);
  lowering.jump(head, place);
  lowering.enterLoop(head, assignedNames([body]));
  const index = builder.read(variable, place);
  lowering.branch({ condition: isa.jlt, width: 64, operands: [index, to] }, { then: inside, otherwise: after }, place);

  lowering.enter(inside);
  lowering.escapes.push({ breakTo: after, continueTo: next, label });
  lowering.scoped(() => {
    declare(builder.read(variable, place));
    lowerStatement(lowering, body);
  });
  lowering.escapes.pop();
  lowering.jump(next, place);

  lowering.enter(next);
  const one = coerceInteger(lowering, { kind: "literal", value: 1n, wide: false }, integerType("u32"), place);
  const current = builder.read(variable, place);
  builder.write(variable, lowering.emit({ kind: "alu", alu: isa.add, width: 32 }, [current, one], place));
  lowering.jump(head, place);
  builder.seal(head);
  lowering.enter(after);
}
