/** Arithmetic as WebAssembly: registers are locals of 64 bits. */

import type { Translation } from "./translation.ts";
import type { PlainInstruction } from "./wasm.ts";

/** Arithmetic of two operands, by the operation's bits: the same name in both widths. */
const binary: Readonly<Record<number, string>> = {
  0: "add",
  16: "sub",
  32: "mul",
  64: "or",
  80: "and",
  96: "shl",
  112: "shr_u",
  160: "xor",
  192: "shr_s",
};

export function emitArithmetic64(translation: Translation, slot: number): void {
  const { program, out, locals } = translation;
  const opcode = program.opcodes[slot]!;
  const d = locals.registers[program.dst[slot]!]!;
  const immediate = program.immediates[slot]!;
  const isRegister = (opcode & 8) !== 0;
  const pushOperand = () => {
    if (isRegister) out.get(locals.registers[program.src[slot]!]!);
    else out.i64(immediate, immediate >> 31);
  };
  const operation = opcode & 0xf0;
  const name = binary[operation];
  if (name !== undefined) {
    out.get(d);
    pushOperand();
    out.op(`i64.${name}` as PlainInstruction);
  } else if (operation === 0xb0) {
    pushOperand();
    const width = program.offsets[slot]!;
    if (isRegister && width > 1) out.op(`i64.extend${width}_s` as PlainInstruction);
  } else if (operation === 0x80) {
    out.i64(0, 0);
    out.get(d);
    out.op("i64.sub");
  } else if (operation === 0xd0) emitSwap(translation, d, immediate);
  else emitDivision(translation, slot, "i64", () => out.get(d), pushOperand);
  out.set(d);
}

export function emitArithmetic32(translation: Translation, slot: number): void {
  const { program, out, locals } = translation;
  const opcode = program.opcodes[slot]!;
  const d = locals.registers[program.dst[slot]!]!;
  const immediate = program.immediates[slot]!;
  const isRegister = (opcode & 8) !== 0;
  const pushOwn = () => {
    out.get(d);
    out.op("i32.wrap_i64");
  };
  const pushOperand = () => {
    if (isRegister) {
      out.get(locals.registers[program.src[slot]!]!);
      out.op("i32.wrap_i64");
    } else out.i32(immediate);
  };
  const operation = opcode & 0xf0;
  const name = binary[operation];
  if (operation === 0xd0) {
    // To little endian only cuts.
    if (isRegister) emitSwap(translation, d, immediate);
    else emitCut(translation, d, immediate);
    out.set(d);
    return;
  }
  if (operation === 0xb0 && !isRegister) {
    out.i64(immediate, 0);
    out.set(d);
    return;
  }
  if (name !== undefined) {
    pushOwn();
    pushOperand();
    out.op(`i32.${name}` as PlainInstruction);
  } else if (operation === 0xb0) {
    pushOperand();
    const width = program.offsets[slot]!;
    if (width > 1 && width < 32) out.op(`i32.extend${width}_s` as PlainInstruction);
  } else if (operation === 0x80) {
    out.i32(0);
    pushOwn();
    out.op("i32.sub");
  } else emitDivision(translation, slot, "i32", pushOwn, pushOperand);
  out.op("i64.extend_i32_u");
  out.set(d);
}

/** Division by zero gives 0 and modulo by zero the dividend; the lowest number by -1 wraps (RFC 9669, section 4.1). */
function emitDivision(
  { program, out }: Translation,
  slot: number,
  type: "i32" | "i64",
  pushOwn: () => void,
  pushOperand: () => void,
): void {
  const isSigned = program.offsets[slot] === 1;
  const isModulo = (program.opcodes[slot]! & 0xf0) === 0x90;
  const operation = `${type}.${isModulo ? "rem" : "div"}_${isSigned ? "s" : "u"}` as PlainInstruction;
  const constant = (program.opcodes[slot]! & 8) === 0 ? program.immediates[slot]! : undefined;
  const pushZero = () => (type === "i32" ? out.i32(0) : out.i64(0, 0));
  if (constant === undefined || constant === 0) {
    pushOperand();
    out.op(`${type}.eqz` as PlainInstruction);
    out.if(type);
    if (isModulo) pushOwn();
    else pushZero();
    out.op("else");
  }
  const canWrap = isSigned && !isModulo && (constant === undefined || constant === -1);
  if (canWrap) {
    pushOperand();
    if (type === "i32") out.i32(-1);
    else out.i64(-1, -1);
    out.op(`${type}.eq` as PlainInstruction);
    out.if(type);
    pushZero();
    pushOwn();
    out.op(`${type}.sub` as PlainInstruction, "else");
  }
  pushOwn();
  pushOperand();
  out.op(operation);
  if (canWrap) out.close();
  if (constant === undefined || constant === 0) out.close();
}

/** Pushes the low bits of `d` with their bytes in the other order. */
function emitSwap({ out }: Translation, d: number, bits: number): void {
  if (bits === 16) {
    out.get(d);
    out.i64(8, 0);
    out.op("i64.shr_u");
    out.i64(0xff, 0);
    out.op("i64.and");
    out.get(d);
    out.i64(0xff, 0);
    out.op("i64.and");
    out.i64(8, 0);
    out.op("i64.shl", "i64.or");
    return;
  }
  if (bits === 32) {
    // Two rotations have each byte in its place in one of them.
    for (const [shift, mask] of [
      [8, 0x00ff00ff],
      [24, 0xff00ff00 | 0],
    ] as const) {
      out.get(d);
      out.op("i32.wrap_i64");
      out.i32(shift);
      out.op("i32.rotl");
      out.i32(mask);
      out.op("i32.and");
    }
    out.op("i32.or", "i64.extend_i32_u");
    return;
  }
  const swapPairs = (shift: number, low: number, high: number) => {
    out.get(d);
    out.i64(shift, 0);
    out.op("i64.shr_u");
    out.i64(low, high);
    out.op("i64.and");
    out.get(d);
    out.i64(low, high);
    out.op("i64.and");
    out.i64(shift, 0);
    out.op("i64.shl", "i64.or");
    out.set(d);
  };
  swapPairs(8, 0x00ff00ff, 0x00ff00ff);
  swapPairs(16, 0x0000ffff, 0x0000ffff);
  out.get(d);
  out.i64(32, 0);
  out.op("i64.rotl");
}

function emitCut({ out }: Translation, d: number, bits: number): void {
  out.get(d);
  if (bits === 64) return;
  out.i64(bits === 16 ? 0xffff : -1, 0);
  out.op("i64.and");
}
