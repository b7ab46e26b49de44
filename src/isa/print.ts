/** Instructions as text, in the notation of the kernel's own logs (`kernel/bpf/disasm.c`). */

import { aluOperationOf, mov } from "./alu.ts";
import { atomicKindOf } from "./atomic.ts";
import { callRegisterOpcode, callSources, isCall, isExit } from "./call.ts";
import { addressSpaceCastOffset } from "./forms.ts";
import { helperName } from "./helpers.ts";
import { classes, classOf, codeOf, type Instruction, loadImmediate64, slotsOf, usesRegister } from "./instruction.ts";
import { conditionOf, mayGotoOpcode } from "./jump.ts";
import { accessSizeOf, immediateOf, modeOf, modes, pseudoSources } from "./memory.ts";
import { unaryOperationOf } from "./unary.ts";

/** One instruction on one line: `r1 = *(u32 *)(r2 +4)`. What is not known is shown by its fields. */
export function print(instruction: Instruction): string {
  return printKnown(instruction) ?? printUnknown(instruction);
}

/** A program, one instruction a line, each with the slot it begins at. */
export function printProgram(instructions: readonly Instruction[]): string {
  let slot = 0;
  let text = "";
  for (const instruction of instructions) {
    text += `${String(slot).padStart(5)}: ${print(instruction)}\n`;
    slot += slotsOf(instruction);
  }
  return text;
}

function printKnown(instruction: Instruction): string | undefined {
  switch (classOf(instruction.opcode)) {
    case classes.alu:
      return printAlu(instruction, "w");
    case classes.alu64:
      return printAlu(instruction, "r");
    case classes.jmp:
      return printCall(instruction) ?? printJump(instruction, "r");
    case classes.jmp32:
      return printJump(instruction, "w");
    case classes.ld:
      return printWideLoad(instruction);
    default:
      return printMemory(instruction);
  }
}

/** Registers are written `r1`, or `w1` where only the low 32 bits take part. */
type RegisterPrefix = "r" | "w";

function printAlu(instruction: Instruction, prefix: RegisterPrefix): string | undefined {
  const { opcode, dst, src, imm } = instruction;
  const unary = unaryOperationOf(instruction);
  if (unary) {
    const swap = unary.imm !== 0;
    return swap ? `r${dst} = ${unary.name} r${dst}` : `${prefix}${dst} = -${prefix}${dst}`;
  }
  if (codeOf(opcode) === mov.code && instruction.offset === addressSpaceCastOffset) {
    return `r${dst} = addr_space_cast(r${src}, ${imm >>> 16}, ${imm & 0xffff})`;
  }
  const operation = aluOperationOf(instruction);
  if (!operation) return undefined;
  const operand = usesRegister(opcode) ? `${prefix}${src}` : imm;
  return `${prefix}${dst} ${operation.symbol}${operation.symbol.endsWith(")") ? "" : " "}${operand}`;
}

function printCall(instruction: Instruction): string | undefined {
  const { src, imm } = instruction;
  if (isExit(instruction)) return "exit";
  if (instruction.opcode === callRegisterOpcode) return `callx r${instruction.dst}`;
  if (!isCall(instruction)) return undefined;
  if (src === callSources.local) return `call pc${signed(imm)}`;
  if (src === callSources.kernelFunction) return `call kernel-function#${imm}`;
  return `call ${helperName(imm) ?? "unknown"}#${imm}`;
}

function printJump(instruction: Instruction, prefix: RegisterPrefix): string | undefined {
  const { opcode, dst, src, imm, offset } = instruction;
  if (opcode === classes.jmp) return `goto pc${signed(offset)}`;
  if (opcode === mayGotoOpcode) return `may_goto pc${signed(offset)}`;
  if (opcode === classes.jmp32) return `gotol pc${signed(imm)}`;
  const condition = conditionOf(instruction);
  if (!condition) return undefined;
  const operand = usesRegister(opcode) ? `${prefix}${src}` : `0x${(imm >>> 0).toString(16)}`;
  return `if ${prefix}${dst} ${condition.symbol} ${operand} goto pc${signed(offset)}`;
}

function printWideLoad(instruction: Instruction): string | undefined {
  const { opcode, dst, src, imm, immHigh } = instruction;
  if (opcode !== loadImmediate64) return printPacketLoad(instruction);
  switch (src) {
    case pseudoSources.value:
      return `r${dst} = 0x${immediateOf(instruction).toString(16)}`;
    case pseudoSources.mapFd:
      return `r${dst} = map[fd:${imm}]`;
    case pseudoSources.mapValue:
      return `r${dst} = map[fd:${imm}][0]${signed(immHigh)}`;
    case pseudoSources.mapIndex:
      return `r${dst} = map[index:${imm}]`;
    case pseudoSources.mapIndexValue:
      return `r${dst} = map[index:${imm}][0]${signed(immHigh)}`;
    case pseudoSources.kernelVariable:
      return `r${dst} = kernel-variable#${imm}`;
    case pseudoSources.function:
      return `r${dst} = function pc${signed(imm)}`;
    default:
      return undefined;
  }
}

function printPacketLoad({ opcode, src, imm }: Instruction): string | undefined {
  const type = `u${accessSizeOf(opcode) * 8}`;
  if (modeOf(opcode) === modes.abs) return `r0 = *(${type} *)skb[${imm}]`;
  if (modeOf(opcode) === modes.ind) return `r0 = *(${type} *)skb[r${src} + ${imm}]`;
  return undefined;
}

function printMemory(instruction: Instruction): string | undefined {
  const { opcode, dst, src, offset, imm } = instruction;
  const bits = accessSizeOf(opcode) * 8;
  const place = (sign: "u" | "s", register: number) => `(${sign}${bits} *)(r${register} ${signed(offset)})`;
  switch (classOf(opcode) | modeOf(opcode)) {
    case classes.ldx | modes.mem:
      return `r${dst} = *${place("u", src)}`;
    case classes.ldx | modes.memsx:
      return `r${dst} = *${place("s", src)}`;
    case classes.st | modes.mem:
      return `*${place("u", dst)} = ${imm}`;
    case classes.stx | modes.mem:
      return `*${place("u", dst)} = r${src}`;
    case classes.stx | modes.atomic:
      return printAtomic(instruction, (register) => place("u", register));
    default:
      return undefined;
  }
}

function printAtomic(instruction: Instruction, placeAt: (register: number) => string): string | undefined {
  const prefix = `atomic${accessSizeOf(instruction.opcode) === 8 ? "64" : ""}`;
  const { dst, src } = instruction;
  const place = placeAt(dst);
  const what = atomicKindOf(instruction);
  switch (what?.kind) {
    case "exchange":
      return `r${src} = ${prefix}_xchg(${place}, r${src})`;
    case "compareExchange":
      return `r0 = ${prefix}_cmpxchg(${place}, r0, r${src})`;
    case "loadAcquire":
      return `r${dst} = load_acquire(${placeAt(src)})`;
    case "storeRelease":
      return `store_release(${place}, r${src})`;
    case "operation":
      if (what.fetch) return `r${src} = ${prefix}_fetch_${what.operation.name}(${place}, r${src})`;
      return `lock *${place} ${what.operation.symbol} r${src}`;
    default:
      return undefined;
  }
}

function printUnknown({ opcode, dst, src, offset, imm }: Instruction): string {
  return `unknown 0x${opcode.toString(16)} dst=r${dst} src=r${src} offset=${offset} imm=${imm}`;
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`;
}
