/** The intermediate representation as text, for people and tests. */

import type { Register } from "../isa/index.ts";
import { type Block, hasResult, type Operation, type Relocation, type Routine, type Value } from "./ir.ts";

/** A routine with its values and blocks numbered in the order they stand. */
export function printRoutine(routine: Routine, registers?: ReadonlyMap<Value, Register>): string {
  const names = new Map<Value, string>();
  const inRegister = (value: Value) => (registers?.has(value) ? `:r${registers.get(value)}` : "");
  const blocks = new Map(routine.blocks.map((block, index) => [block, `b${index}`]));
  for (const { phis, body } of routine.blocks) {
    for (const value of [...phis, ...body])
      if (hasResult(value) && !isLiteral(value)) names.set(value, `%${names.size}${inRegister(value)}`);
  }
  const name = (value: Value): string =>
    value.op.kind === "constant" ? literal(value.op.value) : (names.get(value) ?? "%?");
  const block = (target: Block): string => blocks.get(target) ?? "b?";

  const lines = [`${routine.name}:`];
  for (const current of routine.blocks) {
    lines.push(`${block(current)}:`);
    for (const phi of current.phis) {
      const inputs = phi.operands.map((operand, index) => `${block(current.predecessors[index]!)} ${name(operand)}`);
      lines.push(`  ${name(phi)} = phi ${inputs.join(", ")}`);
    }
    for (const value of current.body) {
      if (isLiteral(value)) continue;
      const result = hasResult(value) ? `${name(value)} = ` : "";
      lines.push(
        `  ${result}${[printOperation(value.op), value.operands.map(name).join(", ")].filter(Boolean).join(" ")}`,
      );
    }
    lines.push(`  ${printEnd(current, name, block)}`);
  }
  return `${lines.join("\n")}\n`;
}

function isLiteral({ op }: Value): boolean {
  return op.kind === "constant";
}

function literal(value: bigint): string {
  const signed = BigInt.asIntN(64, value);
  return signed < 0n && signed > -65536n ? String(signed) : value > 65535n ? `0x${value.toString(16)}` : String(value);
}

function printEnd({ end }: Block, name: (value: Value) => string, block: (target: Block) => string): string {
  switch (end?.kind) {
    case "jump":
      return `jump ${block(end.to)}`;
    case "branch": {
      const [a, b] = end.operands;
      const condition = `${name(a)} ${end.condition.symbol}${end.width} ${name(b)}`;
      return `if ${condition} then ${block(end.then)} else ${block(end.otherwise)}`;
    }
    case "return":
      return `return ${name(end.operands[0])}`;
    default:
      return "(open)";
  }
}

function printOperation(op: Operation): string {
  switch (op.kind) {
    case "argument":
      return `argument ${op.index}`;
    case "frame":
      return `frame ${op.sizeBytes}`;
    case "map":
      return `map ${op.map}`;
    case "mapValue":
      return `mapValue ${op.map}+${op.offset}`;
    case "alu":
      return `${op.alu.name}${op.width}`;
    case "unary":
      return op.unary.name;
    case "compare":
      return `compare ${op.condition.symbol}${op.width}`;
    case "choose":
      return `choose ${op.condition.symbol}${op.width}`;
    case "load":
      return `load${op.sizeBytes * 8} +${op.offset}${op.relocation ? ` ${printRelocation(op.relocation)}` : ""}`;
    case "store":
      return `store${op.sizeBytes * 8} +${op.offset}`;
    case "zero":
      return `zero ${op.sizeBytes} +${op.offset}`;
    case "checkedLoad":
      return `checkedLoad${op.sizeBytes * 8} +${op.offset} stride ${op.stride} maximum ${op.maximum}`;
    case "checkedStore":
      return `checkedStore${op.sizeBytes * 8} +${op.offset} stride ${op.stride} maximum ${op.maximum}`;
    case "call":
      return `call ${op.helper}`;
    case "callKernel":
    case "kernelAddress":
      return `${op.kind} ${op.name}`;
    case "guardedCall": {
      const guards = op.guards.map(({ operand, maximum }) => `#${operand} ≤ ${maximum}`);
      return `call ${op.helper} if ${guards.join(" and ")}`;
    }
    case "atomic":
      return `atomic ${op.atomic}${op.sizeBytes * 8} +${op.offset}`;
    case "core":
    case "coreAddress":
      return `${op.kind} ${printRelocation(op.relocation)}`;
    default:
      return op.kind;
  }
}

function printRelocation({ kind, root, access }: Relocation): string {
  return `${kind}(${root.name} ${access})`;
}
