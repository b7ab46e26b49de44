/** The deprecated access to packets, in network order; past the end the program ends with 0. */

import { accessSizeOf } from "../../isa/memory.ts";
import { objectTableAt, registersAt, row } from "../layout.ts";
import { emitReturn, type Translation } from "./translation.ts";

/** Emits the packet load at `slot`. What is not at a constant place in the packet asks the host. */
export function emitPacketLoad(translation: Translation, slot: number): void {
  const { program, out, locals, indexes } = translation;
  const opcode = program.opcodes[slot]!;
  const size = accessSizeOf(opcode);
  const r0 = locals.registers[0]!;
  const immediate = program.immediates[slot]!;
  const isIndirect = (opcode & 0xe0) === 0x40;
  const fail = () => {
    out.i64(0, 0);
    emitReturn(translation);
  };
  // The offset: an unsigned number of 32 bits that is below the length, or for the host to look at.
  out.i32(immediate);
  if (isIndirect) {
    out.get(locals.registers[program.src[slot]!]!);
    out.op("i32.wrap_i64", "i32.add");
  }
  out.tee(locals.word);
  out.i32(size);
  out.op("i32.add");
  out.i32(0);
  out.memory("i32.load", objectTableAt + row.length);
  out.op("i32.le_s");
  out.get(locals.word);
  out.i32(0);
  out.op("i32.ge_s", "i32.and");
  out.if();
  out.i32(0);
  out.memory("i32.load", objectTableAt + row.first);
  out.get(locals.word);
  out.op("i32.add");
  out.tee(locals.word);
  out.memory(size === 1 ? "i32.load8_u" : size === 2 ? "i32.load16_u" : "i32.load");
  if (size === 2) {
    out.i32(24);
    out.op("i32.rotl");
    out.get(locals.word);
    out.memory("i32.load8_u");
    out.i32(8);
    out.op("i32.shl", "i32.or");
    out.i32(0xffff);
    out.op("i32.and");
  }
  if (size === 4) {
    out.tee(locals.word);
    out.i32(8);
    out.op("i32.rotl");
    out.i32(0x00ff00ff);
    out.op("i32.and");
    out.get(locals.word);
    out.i32(24);
    out.op("i32.rotl");
    out.i32(0xff00ff00 | 0);
    out.op("i32.and", "i32.or");
  }
  out.op("i64.extend_i32_u");
  out.set(r0);
  out.op("else");
  out.get(locals.word);
  out.i32(size);
  out.call(indexes.host.get("loadPacket")!);
  out.op("i32.eqz");
  out.if();
  fail();
  out.close();
  out.i32(0);
  out.memory("i64.load", registersAt);
  out.set(r0);
  out.close();
  for (let register = 1; register <= 5; register++) {
    out.i64(0, 0);
    out.set(locals.registers[register]!);
  }
}
