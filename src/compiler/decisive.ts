/**
 * Numbers that decide something: where a branch goes, where memory is touched, what a call is passed. Of the others, which
 * are only calculated with and stored, the verifier does not tell the values apart (`mark_chain_precision`).
 */

import { isPure, operandsOfEnd, type Routine, type Value } from "./ir.ts";

export function decisiveValues({ blocks }: Routine): ReadonlySet<Value> {
  const decisive = new Set<Value>();
  const waiting: Value[] = [];
  const decides = (value: Value | undefined): void => {
    if (value === undefined || decisive.has(value)) return;
    decisive.add(value);
    waiting.push(value);
  };
  for (const { body, end } of blocks) {
    if (end !== undefined) for (const operand of operandsOfEnd(end)) decides(operand);
    for (const value of body) {
      for (const [index, operand] of value.operands.entries()) if (!isData(value, index)) decides(operand);
    }
  }
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (value.op.kind !== "load" && value.op.kind !== "checkedLoad")
      for (const operand of value.operands) decides(operand);
  }
  return decisive;
}

/** Whether an operand is only calculated with or stored. */
function isData(value: Value, index: number): boolean {
  switch (value.op.kind) {
    case "store":
      return index === 1;
    case "checkedStore":
      return index === 2;
    case "alu":
    case "unary":
    case "truncate":
      return isPure(value);
    default:
      return false;
  }
}
