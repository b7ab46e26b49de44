/** Statements. What is not listed here is an error: nothing is skipped. */

import type { Block } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import type { Expression, IfStatement, LabeledStatement, Statement, VariableDeclaration } from "../syntax.ts";
import { wordsFor } from "../syntax.ts";
import { typeOfAnnotation } from "../type-annotations.ts";
import { nameOf, type Type } from "../types.ts";
import { coerce, describe, settle } from "./coerce.ts";
import { lowerCondition } from "./conditions.ts";
import { lowerExpression } from "./expressions.ts";
import { kernelPlace } from "./kernel-reads.ts";
import { lowerLoop } from "./loops.ts";
import type { Binding, Lowering } from "./lowering.ts";
import { lowerChainAlone } from "./nullish.ts";
import { type Operand, typeOf } from "./operand.ts";
import { lowerPattern } from "./patterns.ts";
import { lowerSwitch } from "./switches.ts";
import { newVariable, writeVariable } from "./variables.ts";

export function lowerStatements(lowering: Lowering, statements: readonly Statement[]): void {
  lowering.scoped(() => {
    for (const statement of statements) lowerStatement(lowering, statement);
  });
}

export function lowerStatement(lowering: Lowering, node: Statement, label?: string): void {
  switch (node.type) {
    case "BlockStatement":
      return lowerStatements(lowering, node.body);
    case "EmptyStatement":
      return;
    case "ExpressionStatement":
      if (node.expression.type === "ChainExpression") return lowerChainAlone(lowering, node.expression);
      lowerExpression(lowering, node.expression);
      return;
    case "VariableDeclaration":
      return lowerVariables(lowering, node);
    case "IfStatement":
      return lowerIf(lowering, node);
    case "LabeledStatement":
      return lowerLabeled(lowering, node);
    case "ForStatement":
    case "ForOfStatement":
    case "WhileStatement":
    case "DoWhileStatement":
      return lowerLoop(lowering, node, label);
    case "SwitchStatement":
      return lowerSwitch(lowering, node, label);
    case "ReturnStatement":
      return lowerReturn(lowering, node.argument, lowering.place(node));
    case "BreakStatement":
    case "ContinueStatement":
      return lowerEscape(lowering, node);
    default:
      throw problem("notInLanguage", lowering.place(node), wordsFor(node));
  }
}

/** A name for a loop or a switch, which `break` and `continue` can then leave from further inside. */
function lowerLabeled(lowering: Lowering, { label, body }: LabeledStatement): void {
  const known = ["ForStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement", "SwitchStatement"];
  if (!known.includes(body.type)) {
    throw problem("notInLanguage", lowering.place(label), "a label names a loop or a switch");
  }
  lowerStatement(lowering, body, label.name);
}

export function lowerVariables(lowering: Lowering, { kind, declarations }: VariableDeclaration): void {
  for (const { id, init, ...span } of declarations) {
    const place = lowering.place(span);
    if (id.type === "ObjectPattern" && kind !== "var" && init !== null) {
      lowerPattern(lowering, id, init, kind === "const");
      continue;
    }
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
    if (lowering.scope.declares(id.name)) throw problem("mistake", lowering.place(id), `${id.name} is declared twice`);
    lowering.scope.declare(id.name, declared(lowering, kind === "const", id.name, operand, type, valuePlace));
  }
}

export function declared(
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

function lowerEscape(lowering: Lowering, node: Statement & { type: "BreakStatement" | "ContinueStatement" }): void {
  const place = lowering.place(node);
  const isBreak = node.type === "BreakStatement";
  const name = node.label?.name;
  const at = lowering.escapes.findLastIndex(({ continueTo, label }) =>
    name === undefined ? isBreak || continueTo !== undefined : label === name,
  );
  const escape = lowering.escapes[at];
  const to = isBreak ? escape?.breakTo : escape?.continueTo;
  if (to === undefined) {
    throw problem("mistake", place, name === undefined ? "there is no loop here" : `no loop here is named ${name}`);
  }
  leaveLoops(lowering, at + 1, place);
  lowering.jump(to, place);
}

/** What the loops of this function, from the outermost but `kept` on, have taken is given back. */
function leaveLoops(lowering: Lowering, kept: number, place: Place): void {
  if (!lowering.reachable) return;
  for (const { leave } of lowering.escapes.slice(kept).toReversed()) leave?.(place);
}

function lowerReturn(lowering: Lowering, argument: Expression | null, place: Place): void {
  const back = lowering.activation.return;
  if (back.kind === "condition") {
    if (argument === null) throw problem("mistake", place, "a boolean must be returned");
    if (lowering.escapes.every(({ leave }) => leave === undefined)) return lowerCondition(lowering, argument, back);
    return leaveOnEachWay(lowering, argument, back, place);
  }
  if (argument !== null) {
    const operand = lowerExpression(lowering, argument, back.type);
    if (back.type.kind !== "void") writeVariable(lowering, back.result, operand, lowering.place(argument));
    else if (operand.kind !== "nothing") throw problem("mistake", place, "this function returns nothing");
  } else if (back.type.kind !== "void") throw problem("mistake", place, `${nameOf(back.type)} must be returned`);
  leaveLoops(lowering, 0, place);
  lowering.jump(back.to, place);
}

function leaveOnEachWay(
  lowering: Lowering,
  argument: Expression,
  targets: { readonly then: Block; readonly otherwise: Block },
  place: Place,
): void {
  const { builder } = lowering;
  const own = { then: builder.newBlock(), otherwise: builder.newBlock() };
  lowerCondition(lowering, argument, own);
  for (const side of ["then", "otherwise"] as const) {
    lowering.enter(own[side]);
    leaveLoops(lowering, 0, place);
    lowering.jump(targets[side], place);
  }
}
