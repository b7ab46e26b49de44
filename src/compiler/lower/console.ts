/** `console.log(…)` in a program: a record of the log's ring buffer, with the values that the line shows. */

import * as isa from "../../isa/index.ts";
import { type LogPart, logHeaderBytes, logMapName } from "../../spec/index.ts";
import type { MapEntity } from "../entity.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import { lineAndColumn, type Place } from "../source.ts";
import type { CallExpression, Expression } from "../syntax.ts";
import { bare, staticMember } from "../syntax.ts";
import { describe } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { expectMemory, pointerTo } from "./memory.ts";
import type { Operand } from "./operand.ts";

const wordBytes = 8;
/** So that a line fits on the stack beside what the program keeps there. */
const mostBytes = 256;

/** Whether this is `console.log(…)`, and `console` is not a name of the program. */
export function isConsoleLog(lowering: Lowering, node: CallExpression): boolean {
  const member = staticMember(bare(node.callee));
  const object = member && bare(member.object);
  if (member?.name !== "log" || object?.type !== "Identifier" || object.name !== "console") return false;
  return lowering.scope.find("console") === undefined;
}

export function lowerConsoleLog(lowering: Lowering, node: CallExpression, given: readonly Expression[]): Operand {
  const place = lowering.place(node);
  const operands = given.flatMap((argument) => piecesOf(lowering, argument));
  const parts: LogPart[] = [];
  let end = logHeaderBytes;
  for (const { operand, place: at, joined } of operands) {
    const part = { ...partOf(operand, end, at), ...(joined && { joined }) };
    parts.push(part);
    if (part.kind !== "text") end += part.kind === "bytes" ? Math.ceil(part.length / wordBytes) * wordBytes : wordBytes;
  }
  if (end > mostBytes) throw problem("notYet", place, `a line of ${end} bytes`, `at most ${mostBytes} fit`);
  const { line, column } = lineAndColumn(place);
  const index = lowering.uses.logs.push({ file: place.file.path, line, column, parts }) - 1;

  const record = lowering.emit({ kind: "frame", sizeBytes: end }, [], place);
  lowering.emit({ kind: "zero", sizeBytes: end, offset: 0 }, [record], place);
  const store = (value: Value, offset: number, at: Place) =>
    lowering.emit({ kind: "store", sizeBytes: wordBytes, offset }, [record, value], at);
  store(lowering.emit({ kind: "call", helper: "bpf_ktime_get_ns" }, [], place), 0, place);
  store(lowering.constant(index, place), wordBytes, place);
  for (const [position, { operand, place: at }] of operands.entries()) {
    const part = parts[position]!;
    if (part.kind === "bytes") copyBytes(lowering, operand, record, part, at);
    else if (part.kind !== "text") store(valueOf(operand, at), part.offset, at);
  }
  const map = lowering.emit({ kind: "map", map: logMap(lowering, place).name }, [], place);
  const [size, flags] = [lowering.constant(end, place), lowering.constant(0, place)];
  lowering.emit({ kind: "call", helper: "bpf_ringbuf_output" }, [map, record, size, flags], place);
  return { kind: "nothing" };
}

interface Piece {
  readonly operand: Operand;
  readonly place: Place;
  readonly joined?: true;
}

/** An argument, or the pieces of `text ${value} text`. */
function piecesOf(lowering: Lowering, argument: Expression): Piece[] {
  const place = lowering.place(argument);
  const node = bare(argument);
  if (node.type !== "TemplateLiteral") return [{ operand: lowerExpression(lowering, argument), place }];
  const pieces = node.quasis.flatMap(({ value }, index): Piece[] => {
    const text: Piece = { operand: { kind: "entity", entity: { kind: "text", value: value.cooked ?? "" } }, place };
    const expression = node.expressions[index];
    if (expression === undefined) return [text];
    return [text, { operand: lowerExpression(lowering, expression), place: lowering.place(expression) }];
  });
  return pieces.map((piece, index) => (index === 0 ? piece : { ...piece, joined: true }));
}

function partOf(operand: Operand, offset: number, place: Place): LogPart {
  switch (operand.kind) {
    case "entity":
      if (operand.entity.kind === "text") return { kind: "text", text: operand.entity.value };
      if (operand.entity.kind === "truth") return { kind: "text", text: String(operand.entity.value) };
      break;
    case "literal":
      return { kind: "text", text: String(operand.value) };
    case "integer": {
      const bits = (operand.type.sizeBytes * 8) as 8 | 16 | 32 | 64;
      return { kind: "number", offset, bits, signed: operand.type.signed };
    }
    case "boolean":
      return { kind: "boolean", offset };
    case "memory":
      if (operand.type.kind === "bytes") return { kind: "bytes", offset, length: operand.type.length };
      break;
  }
  throw problem(
    "notYet",
    place,
    `${describe(operand)} in a line of the log`,
    "numbers, booleans, text and byte strings",
  );
}

function valueOf(operand: Operand, place: Place): Value {
  if (operand.kind === "integer" || operand.kind === "boolean") return operand.value;
  throw problem("bug", place, `a ${operand.kind} has no value`);
}

function copyBytes(
  lowering: Lowering,
  operand: Operand,
  record: Value,
  part: LogPart & { kind: "bytes" },
  place: Place,
): void {
  const source = pointerTo(lowering, expectMemory(operand, place), place);
  const target = lowering.emit(
    { kind: "alu", alu: isa.add, width: 64 },
    [record, lowering.constant(part.offset, place)],
    place,
  );
  const operands = [target, lowering.constant(part.length, place), source];
  lowering.emit({ kind: "call", helper: "bpf_probe_read_kernel" }, operands, place);
}

/** The log is a map that no program declares. */
function logMap({ uses }: Lowering, place: Place): MapEntity {
  const known = [...uses.maps].find(({ name }) => name === logMapName);
  if (known !== undefined) return known;
  const map: MapEntity = {
    kind: "map",
    name: logMapName,
    type: "ringBuffer",
    maxEntries: 256 * 1024,
    mmapable: false,
    place,
  };
  uses.maps.add(map);
  return map;
}
