/** The text of a program. */

import {
  bitsOf,
  type Case,
  type DataType,
  type Expression,
  type FunctionNode,
  type IntegerName,
  type MapNode,
  type ModuleNode,
  type ProgramNode,
  type Statement,
  type StructType,
  type ValueType,
} from "./tree.ts";

const names =
  "array arrayMap atomic bytes byteSwap16 byteSwap32 config countTrailingZeros global globalSubprogram hash i16 i32 i64 i8 log2 lruHash max min perCpuArray perCpuHash range rawTracepoint repeat struct subprogram u16 u32 u64 u8 xdp";

export function printModule({ structs, maps, configs, globals, constants, functions, programs }: ModuleNode): string {
  return [
    `import { ${names.split(" ").join(", ")}, type ValueOf } from "tarsier/program";`,
    ...structs.map(printStruct),
    ...maps.map(printMap),
    ...configs.map(({ name, type, value }) => `export const ${name} = config(${type}, ${numeral(type, value)});`),
    ...globals.map(({ name, type, value }) => `export const ${name} = global(${type}, ${numeral(type, value)});`),
    constants,
    ...functions.map(printFunction),
    ...programs.map(printProgram),
    "",
  ].join("\n");
}

function printStruct({ name, fields }: StructType): string {
  const list = fields.map((field) => `${field.name}: ${printType(field.type)}`).join(", ");
  return `export const ${name} = struct({ ${list} });\ntype ${name} = ValueOf<typeof ${name}>;`;
}

function printType(type: DataType): string {
  switch (type.kind) {
    case "integer":
    case "struct":
      return type.name;
    case "array":
      return `array(${printType(type.element)}, ${type.length})`;
    case "bytes":
      return `bytes(${type.length})`;
  }
}

function printMap({ kind, name, key, value, maxEntries }: MapNode): string {
  const shown = (type: IntegerName | StructType) => (typeof type === "string" ? type : type.name);
  const keyed = kind === "arrayMap" || kind === "perCpuArray" ? "" : `key: ${shown(key)}, `;
  return `export const ${name} = ${kind}({ ${keyed}value: ${shown(value)}, maxEntries: ${maxEntries} });`;
}

export function printValueType(type: ValueType): string {
  if (type.kind === "reference") return type.nullable ? `${type.to.name} | null` : type.to.name;
  return type.kind === "integer" ? type.name : type.kind;
}

function printFunction({ form, name, parameters, returns, body }: FunctionNode): string {
  const list = parameters.map((parameter) => `${parameter.name}: ${printValueType(parameter.type)}`).join(", ");
  if (form !== "function") {
    return `const ${name} = ${form}((${list}): ${printValueType(returns)} => {\n${printBlock(body, 1)}});`;
  }
  return `function ${name}(${list}): ${printValueType(returns)} {\n${printBlock(body, 1)}}`;
}

function printProgram({ name, hook, returns, body }: ProgramNode): string {
  if (hook === "xdp") return `export const ${name} = xdp((packet): ${returns} => {\n${printBlock(body, 1)}});`;
  return `export const ${name} = rawTracepoint("sys_enter", (a: u64, b: u64, c: u64): ${returns} => {\n${printBlock(body, 1)}});`;
}

function printBlock(statements: readonly Statement[], depth: number): string {
  const indent = "  ".repeat(depth);
  return statements.map((statement) => `${indent}${printStatement(statement, depth)}\n`).join("");
}

function printStatement(node: Statement, depth: number): string {
  const block = (statements: readonly Statement[]) => `{\n${printBlock(statements, depth + 1)}${"  ".repeat(depth)}}`;
  switch (node.kind) {
    case "declare": {
      const annotation = node.annotation === undefined ? "" : `: ${node.annotation}`;
      return `${node.mutable ? "let" : "const"} ${node.name}${annotation} = ${printExpression(node.value)};`;
    }
    case "assign":
      return `${printExpression(node.target)} ${node.operator}= ${printExpression(node.value)};`;
    case "update":
      return `${printExpression(node.target)}${node.operator};`;
    case "store":
      return `${printExpression(node.data)}.store(${node.type}, ${printExpression(node.at)}, ${printExpression(node.value)});`;
    case "if": {
      const otherwise = node.otherwise === undefined ? "" : ` else ${block(node.otherwise)}`;
      return `if (${printExpression(node.test)}) ${block(node.then)}${otherwise}`;
    }
    case "for": {
      const { name, type, from, operator, to, step } = node;
      const change =
        step === 1n
          ? "++"
          : step === -1n
            ? "--"
            : step > 0n
              ? ` += ${numeral(type, step)}`
              : ` -= ${numeral(type, -step)}`;
      return `for (let ${name}: ${type} = ${numeral(type, from)}; ${name} ${operator} ${numeral(type, to)}; ${name}${change}) ${block(node.body)}`;
    }
    case "doWhile":
      return `do ${block(node.body)} while (${printExpression(node.test)});`;
    case "forOf": {
      const { over } = node;
      const list =
        over.kind === "range"
          ? `range(${printExpression(over.from)}, ${printExpression(over.to)})`
          : printExpression(over);
      return `for (const ${node.name} of ${list}) ${block(node.body)}`;
    }
    case "labeled":
      return `${node.label}: ${printStatement(node.body, depth)}`;
    case "writeText":
      return `${printExpression(node.data)}.write(${node.at}, ${JSON.stringify(node.text)});`;
    case "while":
      return `while (${printExpression(node.test)}) ${block(node.body)}`;
    case "switch": {
      const cases = node.cases.map((one) => printCase(one, depth + 1)).join("");
      return `switch (${printExpression(node.subject)}) {\n${cases}${"  ".repeat(depth)}}`;
    }
    case "break":
    case "continue":
      return node.label === undefined ? `${node.kind};` : `${node.kind} ${node.label};`;
    case "return":
      return node.value === undefined ? "return;" : `return ${printExpression(node.value)};`;
    case "expression":
      return `${printExpression(node.value)};`;
    case "repeat":
      return `repeat(${[printExpression(node.count), node.step, ...node.given.map(printExpression)].join(", ")});`;
    case "block":
      return block(node.body);
  }
}

function printCase({ tests, isDefault, body, end }: Case, depth: number): string {
  const indent = "  ".repeat(depth);
  const labels = [...tests.map((test) => `case ${printExpression(test)}:`), ...(isDefault ? ["default:"] : [])];
  const last = end === "break" ? `${indent}  break;\n` : "";
  return `${labels.map((label) => `${indent}${label}`).join("\n")} {\n${printBlock(body, depth + 1)}${last}${indent}}\n`;
}

export function printExpression(node: Expression): string {
  const show = printExpression;
  switch (node.kind) {
    case "literal":
      return node.cast ? `${node.type}(${numeral(node.type, node.value)})` : numeral(node.type, node.value);
    case "truth":
      return String(node.value);
    case "null":
      return "null";
    case "name":
      return node.name;
    case "constant":
      return `${node.type}(${node.text})`;
    case "field":
      return `${show(node.object)}.${node.name}`;
    case "element":
      return node.form === "at"
        ? `${show(node.object)}.at(${show(node.index)})`
        : `${show(node.object)}[${show(node.index)}]`;
    case "length":
      return `u32(${show(node.object)}.length)`;
    case "binary":
    case "compare":
    case "sameTruth":
    case "logical":
      return `(${show(node.left)} ${node.operator} ${show(node.right)})`;
    case "not":
      return `(!${show(node.operand)})`;
    case "unary":
      return `(${node.operator}${show(node.operand)})`;
    case "cast":
      return `${node.to}(${show(node.operand)})`;
    case "conditional":
      return `(${show(node.test)} ? ${show(node.yes)} : ${show(node.no)})`;
    case "call":
      return `${node.name}(${node.given.map(show).join(", ")})`;
    case "extreme":
      return `${node.which}(${show(node.left)}, ${show(node.right)})`;
    case "bits":
      return `${node.which}(${show(node.operand)})`;
    case "load":
      return `${show(node.data)}.load(${node.type}, ${show(node.at)})`;
    case "copy":
      return `${show(node.data)}.copy(${[node.at, node.length, node.source, node.sourceAt].map(show).join(", ")})`;
    case "slice":
      return `${show(node.data)}.slice(${node.start}, ${node.length})`;
    case "isNull":
      return `(${show(node.operand)} ${node.negated ? "!==" : "==="} null)`;
    case "zero":
      return `${node.type.name}.zero()`;
    case "copyOf":
      return `${node.type.name}.copyOf(${show(node.value)})`;
    case "of": {
      const fields = node.fields.map(({ name, value }) => `${name}: ${show(value)}`).join(", ");
      return `${node.type.name}.of({ ${fields} })`;
    }
    case "nullish":
      return `(${show(node.subject)}${node.field === undefined ? "" : `?.${node.field}`} ?? ${show(node.other)})`;
    case "startsWith": {
      const at = node.at === undefined ? "" : `, ${show(node.at)}`;
      return `${show(node.data)}.startsWith(${JSON.stringify(node.text)}${at})`;
    }
    case "equals":
      return `${show(node.left)}.equals(${show(node.right)})`;
    case "view":
      return `packet.view(${node.type.name}, ${show(node.at)})`;
    case "packetLoad":
      return `packet.load(${node.type}, ${show(node.at)})`;
    case "packetLength":
      return "packet.length";
    case "get":
    case "has":
    case "delete":
      return `${node.map}.${node.kind}(${show(node.key)})`;
    case "getOrInsert":
      return `${node.map}.getOrInsert(${show(node.key)}, ${show(node.initial)})`;
    case "set":
      return `${node.map}.set(${show(node.key)}, ${show(node.value)})`;
    case "atomic":
      return `atomic.${node.operation}(${[show(node.object), `"${node.field}"`, ...node.given.map(show)].join(", ")})`;
  }
}

/** A number as it is written for its type. */
export function numeral(type: IntegerName, value: bigint): string {
  const shown = `${value}${bitsOf(type) === 64 ? "n" : ""}`;
  return value < 0n ? `(${shown})` : shown;
}
