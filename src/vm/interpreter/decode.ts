/** A linked program as the interpreter reads it. */

import { registersAt } from "../layout.ts";
import type { LinkedProgram } from "../link.ts";

/**
 * Four words a slot, so that one instruction lies together: opcode and registers, immediate, offset, upper half of the immediate. Registers
 * stand as the place of their lower half in memory, in words: the destination in 12 bits behind the opcode, then the source.
 */
export function decodeSlots({ slotCount, opcodes, dst, src, offsets, immediates, uppers }: LinkedProgram): Int32Array {
  const code = new Int32Array(4 * slotCount);
  const first = registersAt >> 2;
  for (let slot = 0; slot < slotCount; slot++) {
    code[4 * slot] = opcodes[slot]! | ((first + 2 * dst[slot]!) << 8) | ((first + 2 * src[slot]!) << 20);
    code[4 * slot + 1] = immediates[slot]!;
    code[4 * slot + 2] = offsets[slot]!;
    code[4 * slot + 3] = uppers[slot]!;
  }
  return code;
}
