/** Statements. What is not listed here is an error: nothing is skipped. */

import * as isa from "../../isa/index.ts";
import type { Block } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import type {
  Expression,
  ForStatement,
  IfStatement,
  Statement,
  SwitchStatement,
  VariableDeclaration,
  WhileStatement,
} from "../syntax.ts";
import { typeOfAnnotation } from "../type-annotations.ts";
import { nameOf, type Type } from "../types.ts";
import { assignedNames } from "./assigned-names.ts";
import { coerce, coerceInteger, describe, settle } from "./coerce.ts";
import { lowerCondition } from "./conditions.ts";
import { lowerExpression } from "./expressions.ts";
import { widthOf } from "./integers.ts";
import { kernelPlace } from "./kernel-reads.ts";
import type { Binding, Lowering } from "./lowering.ts";
import { type Operand, typeOf } from "./operand.ts";
import { newVariable, writeVariable } from "./variables.ts";

export function lowerStatements(lowering: Lowering, statements: readonly Statement[]): void {
  lowering.scoped(() => {
    for (const statement of statements) lowerStatement(lowering, statement);
  });
}

export function lowerStatement(lowering: Lowering, node: Statement): void {
  switch (node.type) {
    case "BlockStatement":
      return lowerStatements(lowering, node.body);
    case "EmptyStatement":
      return;
    case "ExpressionStatement":
      lowerExpression(lowering, node.expression);
      return;
    case "VariableDeclaration":
      return lowerVariables(lowering, node);
    case "IfStatement":
      return lowerIf(lowering, node);
    case "ForStatement":
      return lowerFor(lowering, node);
    case "WhileStatement":
      return lowerWhile(lowering, node);
    case "SwitchStatement":
      return lowerSwitch(lowering, node);
    case "ReturnStatement":
      return lowerReturn(lowering, node.argument, lowering.place(node));
    case "BreakStatement":
    case "ContinueStatement":
      return lowerEscape(lowering, node);
    default:
      throw problem(
        node.type === "DoWhileStatement" || node.type === "LabeledStatement" ? "notYet" : "notInLanguage",
        lowering.place(node),
        `${node.type} is no statement of a kernel program`,
      );
  }
}

function lowerVariables(lowering: Lowering, { kind, declarations }: VariableDeclaration): void {
  for (const { id, init, ...span } of declarations) {
    const place = lowering.place(span);
    if (id.type !== "Identifier" || kind === "var" || init === null) {
      throw problem(
        "notInLanguage",
        place,
        "a variable is a name with a value",
        "write `let name = value` or `const …`",
      );
    }
    const annotation = id.typeAnnotation?.typeAnnotation;
    const type = annotation && typeOfAnnotation(lowering.module, annotation);
    const operand = lowerExpression(lowering, init, type);
    const valuePlace = lowering.place(init);
    lowering.scope.declare(id.name, declared(lowering, kind === "const", id.name, operand, type, valuePlace));
  }
}

function declared(
  lowering: Lowering,
  isFixed: boolean,
  name: string,
  operand: Operand,
  annotated: Type | undefined,
  place: Place,
): Binding {
  if (isFixed) {
    if (annotated === undefined) return { kind: "fixed", operand };
    return { kind: "fixed", operand: withType(lowering, operand, annotated, place) };
  }
  const settled = settle(lowering, operand, place);
  const type = annotated ?? (isTruth(settled) ? ({ kind: "boolean" } as const) : typeOf(settled));
  if (type === undefined || type.kind === "void") {
    throw problem(
      "mistake",
      place,
      `${describe(operand)} cannot be kept in a variable`,
      "write the variable's type down",
    );
  }
  const binding = newVariable(name, type);
  writeVariable(lowering, binding, annotated === undefined ? settled : operand, place);
  return binding;
}

/** An operand of which the program says what type it is. */
function withType(lowering: Lowering, operand: Operand, type: Type, place: Place): Operand {
  const value = coerce(lowering, operand, type, place);
  switch (type.kind) {
    case "integer":
      return { kind: "integer", type: type.integer, value };
    case "boolean":
      return { kind: "boolean", value };
    case "memory":
      return operand.kind === "memory"
        ? operand
        : { kind: "memory", type: type.memory, base: value, offset: 0, nullable: true };
    case "kernel":
      return operand.kind === "kernel" ? operand : kernelPlace(type.target, value, { probed: false, nullable: true });
    default:
      throw problem("mistake", place, `${nameOf(type)} is no type of a value`);
  }
}

function isTruth(operand: Operand): boolean {
  return operand.kind === "entity" && operand.entity.kind === "truth";
}

function lowerIf(lowering: Lowering, node: IfStatement): void {
  const { builder } = lowering;
  const place = lowering.place(node);
  const [then, after] = [builder.newBlock(), builder.newBlock()];
  const otherwise = node.alternate === null ? after : builder.newBlock();
  lowerCondition(lowering, node.test, { then, otherwise });
  lowering.enter(then);
  lowering.scoped(() => lowerStatement(lowering, node.consequent));
  lowering.jump(after, place);
  if (node.alternate !== null) {
    const { alternate } = node;
    lowering.enter(otherwise);
    lowering.scoped(() => lowerStatement(lowering, alternate));
    lowering.jump(after, place);
  }
  lowering.enter(after);
}

function lowerFor(lowering: Lowering, { init, test, update, body, ...span }: ForStatement): void {
  lowering.scoped(() => {
    if (init?.type === "VariableDeclaration") lowerVariables(lowering, init);
    else if (init !== null) lowerExpression(lowering, init);
    lowerLoop(lowering, { test, update, body }, lowering.place(span));
  });
}

function lowerWhile(lowering: Lowering, { test, body, ...span }: WhileStatement): void {
  lowerLoop(lowering, { test, update: null, body }, lowering.place(span));
}

interface Loop {
  readonly test: Expression | null;
  readonly update: Expression | null;
  readonly body: Statement;
}

function lowerLoop(lowering: Lowering, { test, update, body }: Loop, place: Place): void {
  const { builder } = lowering;
  const [head, inside, next, after] = [builder.newBlock(), builder.newBlock(), builder.newBlock(), builder.newBlock()];
  lowering.jump(head, place);
  lowering.enterLoop(head, assignedNames([test, update, body]));
  if (test === null) lowering.jump(inside, place);
  else lowerCondition(lowering, test, { then: inside, otherwise: after });

  lowering.enter(inside);
  lowering.escapes.push({ breakTo: after, continueTo: next });
  lowering.scoped(() => lowerStatement(lowering, body));
  lowering.escapes.pop();
  lowering.jump(next, place);

  lowering.enter(next);
  if (update !== null && lowering.reachable) lowerExpression(lowering, update);
  lowering.jump(head, place);
  builder.seal(head);
  lowering.enter(after);
}

/** A chain of comparisons. A case that is not empty ends by leaving; empty ones share the next body. */
function lowerSwitch(lowering: Lowering, node: SwitchStatement): void {
  const { builder } = lowering;
  const place = lowering.place(node);
  const subject = settle(lowering, lowerExpression(lowering, node.discriminant), place);
  if (subject.kind !== "integer") {
    throw problem("notInLanguage", lowering.place(node.discriminant), "a switch is over an integer");
  }
  const after = builder.newBlock();
  const bodies: { block: Block; statements: readonly Statement[]; place: Place }[] = [];
  let fallback = after;
  let block: Block | undefined;
  for (const [index, { test, consequent, ...span }] of node.cases.entries()) {
    block ??= builder.newBlock();
    if (test === null) fallback = block;
    else {
      const casePlace = lowering.place(test);
      const value = coerceInteger(lowering, lowerExpression(lowering, test), subject.type, casePlace);
      const otherwise = builder.newBlock();
      const operands: [typeof value, typeof value] = [subject.value, value];
      lowering.branch(
        { condition: isa.jeq, width: widthOf(subject.type), operands },
        { then: block, otherwise },
        casePlace,
      );
      lowering.enter(otherwise);
    }
    if (consequent.length === 0 && index < node.cases.length - 1) continue;
    bodies.push({ block, statements: consequent, place: lowering.place(span) });
    block = undefined;
  }
  lowering.jump(fallback, place);

  lowering.escapes.push({ breakTo: after });
  for (const [index, body] of bodies.entries()) {
    lowering.enter(body.block);
    lowerStatements(lowering, body.statements);
    if (lowering.reachable && index < bodies.length - 1) {
      throw problem(
        "notInLanguage",
        body.place,
        "this case runs on into the next one",
        "end it with `break` or `return`",
      );
    }
    lowering.jump(after, place);
  }
  lowering.escapes.pop();
  lowering.enter(after);
}

function lowerEscape(lowering: Lowering, node: Statement & { type: "BreakStatement" | "ContinueStatement" }): void {
  const place = lowering.place(node);
  if (node.label !== null) throw problem("notYet", place, "labels");
  const isBreak = node.type === "BreakStatement";
  const escape = lowering.escapes.findLast(({ continueTo }) => isBreak || continueTo !== undefined);
  const to = isBreak ? escape?.breakTo : escape?.continueTo;
  if (to === undefined) throw problem("mistake", place, "there is no loop here");
  lowering.jump(to, place);
}

export function lowerReturn(lowering: Lowering, argument: Expression | null, place: Place): void {
  const back = lowering.activation.return;
  if (back.kind === "condition") {
    if (argument === null) throw problem("mistake", place, "a boolean must be returned");
    return lowerCondition(lowering, argument, back);
  }
  if (argument !== null) {
    const operand = lowerExpression(lowering, argument, back.type);
    if (back.type.kind !== "void") writeVariable(lowering, back.result, operand, lowering.place(argument));
    else if (operand.kind !== "nothing") throw problem("mistake", place, "this function returns nothing");
  } else if (back.type.kind !== "void") throw problem("mistake", place, `${nameOf(back.type)} must be returned`);
  lowering.jump(back.to, place);
}
