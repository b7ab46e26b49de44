/** Instructions as WebAssembly: registers are locals of 64 bits. Memory is in access.ts, calls in calls.ts. */

import { callOpcode, callRegisterOpcode } from "../../isa/call.ts";
import { loadImmediate64 } from "../../isa/instruction.ts";
import { emitAddress, emitFails, pushPointer } from "./access.ts";
import { emitArithmetic32, emitArithmetic64 } from "./arithmetic.ts";
import { emitAtomic } from "./atomics.ts";
import { emitCall } from "./calls.ts";
import { emitPacketLoad } from "./packet-loads.ts";
import { emitMissing, emitReturn, type Translation } from "./translation.ts";
import type { MemoryInstruction } from "./wasm.ts";

/** Emits one instruction that is no jump. */
export function emitInstruction(translation: Translation, slot: number): void {
  const { program, out, locals } = translation;
  const opcode = program.opcodes[slot]!;
  const d = locals.registers[program.dst[slot]!]!;
  switch (opcode & 7) {
    case 0:
      if (opcode !== loadImmediate64) return emitPacketLoad(translation, slot);
      if (program.missing.has(slot)) return emitMissing(translation, slot);
      out.i64(program.immediates[slot]!, program.uppers[slot]!);
      out.set(d);
      return;
    case 1:
      return emitLoad(translation, slot);
    case 2:
    case 3:
      if ((opcode & 0xe0) === 0xc0) return emitAtomic(translation, slot);
      return emitStore(translation, slot);
    case 4:
      return emitArithmetic32(translation, slot);
    case 7:
      return emitArithmetic64(translation, slot);
    default:
      if (opcode === callOpcode || opcode === callRegisterOpcode) return emitCall(translation, slot);
      if (opcode === 0x95) {
        out.get(locals.registers[0]!);
        emitReturn(translation);
      }
  }
}

const loads: Readonly<Record<number, MemoryInstruction>> = {
  113: "i64.load8_u",
  105: "i64.load16_u",
  97: "i64.load32_u",
  121: "i64.load",
  145: "i64.load8_s",
  137: "i64.load16_s",
  129: "i64.load32_s",
};

const stores: Readonly<Record<number, MemoryInstruction>> = {
  1: "i64.store8",
  2: "i64.store16",
  4: "i64.store32",
  8: "i64.store",
};

function emitLoad(translation: Translation, slot: number): void {
  const { program, out, locals, values } = translation;
  const access = values.accesses.get(slot)!;
  const load = loads[program.opcodes[slot]!]!;
  const d = locals.registers[program.dst[slot]!]!;
  if (program.readsKernelMemory && !access.isProven) {
    // What a pointer that leads nowhere gives is 0; also of verified programs, as the verifier cannot know.
    pushPointer(translation, access);
    out.set(locals.pointer);
    emitFails(translation, access);
    out.if("i64");
    out.i64(0, 0);
    out.op("else");
    out.get(locals.pointer);
    out.op("i32.wrap_i64");
    out.memory(load);
    out.close();
    out.set(d);
    return;
  }
  const offset = emitAddress(translation, access);
  out.memory(load, offset);
  out.set(d);
}

function emitStore(translation: Translation, slot: number): void {
  const { program, out, locals, values } = translation;
  const access = values.accesses.get(slot)!;
  const offset = emitAddress(translation, access);
  const immediate = program.immediates[slot]!;
  if ((program.opcodes[slot]! & 1) !== 0) out.get(locals.registers[program.src[slot]!]!);
  else out.i64(immediate, immediate >> 31);
  out.memory(stores[access.sizeBytes]!, offset);
}
