/** The nodes of the parser's tree that the language knows, under one roof. */

import type * as ast from "oxc-parser";
import { problem } from "./problem.ts";
import type { Place, SourceFile } from "./source.ts";

export type {
  ArrowFunctionExpression,
  BinaryExpression,
  BlockStatement,
  CallExpression,
  ChainExpression,
  ConditionalExpression,
  DoWhileStatement,
  Expression,
  ForOfStatement,
  ForStatement,
  Function as FunctionNode,
  IfStatement,
  LabeledStatement,
  LogicalExpression,
  MemberExpression,
  ObjectExpression,
  ObjectPattern,
  Program,
  Statement,
  SwitchStatement,
  TSEnumDeclaration,
  TSInterfaceDeclaration,
  TSType,
  TSTypeAnnotation,
  TSTypeParameterInstantiation,
  VariableDeclaration,
  WhileStatement,
} from "oxc-parser";

export interface Span {
  readonly start: number;
  readonly end: number;
}

export function placeOf(file: SourceFile, { start, end }: Span): Place {
  return { file, start, end };
}

const words: Readonly<Record<string, string>> = {
  ArrayExpression: "a list",
  ArrowFunctionExpression: "a function inside a function",
  AwaitExpression: "await",
  ClassDeclaration: "a class",
  ForInStatement: "for … in",
  FunctionDeclaration: "a function inside a function",
  FunctionExpression: "a function inside a function",
  NewExpression: "new",
  SequenceExpression: "a comma between expressions",
  TSAsExpression: "a conversion by `as`",
  TemplateLiteral: "text that is put together",
  ThisExpression: "this",
  ThrowStatement: "throw",
  TryStatement: "try",
};

/** A node that the language does not know, in words. */
export function wordsFor({ type }: { readonly type: string }): string {
  return words[type] ?? type;
}

/** The expression inside parentheses, `!`, `as const` and `satisfies`, which mean nothing to the machine. */
export function bare(node: ast.Expression): ast.Expression {
  switch (node.type) {
    case "ParenthesizedExpression":
    case "TSNonNullExpression":
    case "TSSatisfiesExpression":
      return bare(node.expression);
    case "TSAsExpression":
      return isAsConst(node) ? bare(node.expression) : node;
    default:
      return node;
  }
}

function isAsConst({ typeAnnotation: type }: ast.TSAsExpression): boolean {
  return type.type === "TSTypeReference" && type.typeName.type === "Identifier" && type.typeName.name === "const";
}

/** `object.name` as its two halves; `undefined` for anything else. */
export function staticMember(node: ast.Expression): { object: ast.Expression; name: string } | undefined {
  if (node.type !== "MemberExpression" || node.computed || node.property.type !== "Identifier") return undefined;
  return { object: node.object, name: node.property.name };
}

/** The arguments of a call, none of them spread. */
export function argumentsOf(file: SourceFile, node: ast.CallExpression): ast.Expression[] {
  return node.arguments.map((argument) => {
    if (argument.type !== "SpreadElement") return argument;
    throw problem("notInLanguage", placeOf(file, argument), "arguments cannot be spread", "name each argument");
  });
}

/** A parameter of a function: its name and its type. */
export interface Parameter {
  readonly name: string;
  readonly type: ast.TSType;
  readonly place: Place;
  /** What it is where nothing is given: a constant. */
  readonly initial?: ast.Expression;
}

/** A parameter of a handler, whose type may follow from its hook. */
export interface HandlerParameter extends Omit<Parameter, "type"> {
  readonly type: ast.TSType | undefined;
}

/** The parameters of a function; every one must be a plain name with a type. */
export function parametersOf(file: SourceFile, parameters: readonly ast.ParamPattern[]): Parameter[] {
  return namesOf(file, parameters).map(typedParameter);
}

/** The parameters of a handler; every one must be a plain name. */
export function handlerParametersOf(file: SourceFile, parameters: readonly ast.ParamPattern[]): HandlerParameter[] {
  for (const parameter of parameters) {
    if (parameter.type !== "AssignmentPattern") continue;
    throw problem("mistake", placeOf(file, parameter), "the kernel hands over every parameter of a handler");
  }
  return namesOf(file, parameters);
}

function namesOf(file: SourceFile, parameters: readonly ast.ParamPattern[]): HandlerParameter[] {
  return parameters.map((parameter) => {
    const place = placeOf(file, parameter);
    const [name, initial] =
      parameter.type === "AssignmentPattern" ? [parameter.left, parameter.right] : [parameter, undefined];
    if (name.type !== "Identifier") {
      throw problem("notInLanguage", place, "a parameter is a plain name", "write `name: type`");
    }
    return { name: name.name, type: name.typeAnnotation?.typeAnnotation, place, ...(initial && { initial }) };
  });
}

export function typedParameter({ name, type, place, ...rest }: HandlerParameter): Parameter {
  if (type === undefined) throw problem("mistake", place, `${name} has no type`, "write its type down");
  return { name, type, place, ...rest };
}
