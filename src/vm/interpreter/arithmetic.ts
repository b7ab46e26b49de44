/** Arithmetic that the interpreter does not do word by word: division and byte swaps (RFC 9669, sections 4.1 and 4.2). */

import { aluOperationOf } from "../../isa/alu.ts";
import * as words from "./words.ts";

/** Division is rare: by the table of operations, on big integers. */
export function divide(i32: Int32Array, d: number, opcode: number, low: number, high: number, offset: number): void {
  const operation = aluOperationOf({ opcode, offset, dst: 0, src: 0, imm: 0, immHigh: 0 })!;
  const is64 = (opcode & 0x07) === 0x07;
  const own = words.joined(i32[d]!, i32[d + 1]!);
  const other = words.joined(low, high);
  // Not one variable for both: the optimizer of V8 in Node 20 ends the process over it (`RepresentationChangerError`).
  if (is64) putBig(i32, d, operation.apply(own, other));
  else putBig(i32, d, operation.apply32(own, other));
}

function putBig(i32: Int32Array, d: number, value: bigint): void {
  i32[d] = Number(BigInt.asIntN(32, value));
  i32[d + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

/** Swaps the bytes of the low 16, 32 or 64 bits; to little endian (0xd4) it only cuts, as the machine is little endian. */
export function swap(i32: Int32Array, d: number, opcode: number, bits: number): void {
  const cutsOnly = opcode === 0xd4;
  const low = i32[d]!;
  const high = i32[d + 1]!;
  if (bits === 64) {
    if (cutsOnly) return;
    i32[d] = words.swapBytes(high);
    i32[d + 1] = words.swapBytes(low);
    return;
  }
  const swapped = cutsOnly ? low : words.swapBytes(low);
  i32[d] = bits === 32 ? swapped : cutsOnly ? low & 0xffff : swapped >>> 16;
  i32[d + 1] = 0;
}
