/** Which registers are still read, by slot: two states that differ in others are alike. */

import * as isa from "../../isa/index.ts";
import { type Code, calledSlot, successorsOf } from "./code.ts";
import { prototypes } from "./prototypes.ts";

/** A set of registers: bit `n` is register `n`. */
export type RegisterSet = number;

const bit = (register: number): RegisterSet => 1 << register;
const argumentRegisters: RegisterSet = 0b111110;
const scratchRegisters: RegisterSet = 0b111111;

/** The registers that are read after a point, before they are written: in front of every slot. */
export function findLive({ instructions }: Pick<Code, "instructions">): readonly RegisterSet[] {
  const live = new Array<RegisterSet>(instructions.length + 1).fill(0);
  for (let changed = true; changed; ) {
    changed = false;
    for (let slot = instructions.length - 1; slot >= 0; slot--) {
      const instruction = instructions[slot];
      if (instruction === undefined) continue;
      let after = 0;
      for (const next of successorsOf(instruction, slot)) after |= live[next] ?? 0;
      const { reads, writes } = effectOf(instruction);
      const called = isa.isCall(instruction) ? calledSlot(instruction, slot) : undefined;
      const given = called === undefined ? reads : (live[called] ?? 0) & argumentRegisters;
      const before = (after & ~writes) | given;
      if (before !== live[slot]) {
        live[slot] = before;
        changed = true;
      }
    }
  }
  return live;
}

/** What an instruction reads and writes of registers. */
function effectOf(instruction: isa.Instruction): { readonly reads: RegisterSet; readonly writes: RegisterSet } {
  const { opcode, dst, src } = instruction;
  const source = isa.usesRegister(opcode) ? bit(src) : 0;
  switch (isa.classOf(opcode)) {
    case isa.classes.alu:
    case isa.classes.alu64: {
      if (isa.unaryOperationOf(instruction) !== undefined) return { reads: bit(dst), writes: bit(dst) };
      const isMove = isa.codeOf(opcode) === isa.mov.code;
      return { reads: source | (isMove ? 0 : bit(dst)), writes: bit(dst) };
    }
    case isa.classes.jmp:
    case isa.classes.jmp32:
      if (isa.isExit(instruction)) return { reads: bit(0), writes: 0 };
      if (isa.isCall(instruction)) return { reads: argumentsOf(instruction), writes: scratchRegisters };
      if (opcode === isa.callRegisterOpcode) return { reads: argumentRegisters | bit(dst), writes: scratchRegisters };
      return { reads: isa.conditionOf(instruction) === undefined ? 0 : source | bit(dst), writes: 0 };
    case isa.classes.ld:
      if (opcode === isa.loadImmediate64) return { reads: 0, writes: bit(dst) };
      return { reads: bit(6) | bit(src), writes: scratchRegisters };
    case isa.classes.ldx:
      return { reads: bit(src), writes: bit(dst) };
    case isa.classes.st:
      return { reads: bit(dst), writes: 0 };
    default:
      return effectOfStore(instruction);
  }
}

/** The registers that a call takes: of a helper as many as its prototype has, of others all. */
function argumentsOf({ src, imm }: isa.Instruction): RegisterSet {
  if (src !== isa.callSources.helper) return argumentRegisters;
  const prototype = prototypes[isa.helperName(imm) as isa.HelperName];
  return prototype === undefined ? argumentRegisters : ((1 << prototype.takes.length) - 1) << 1;
}

function effectOfStore(instruction: isa.Instruction): { readonly reads: RegisterSet; readonly writes: RegisterSet } {
  const { opcode, dst, src } = instruction;
  const both = bit(dst) | bit(src);
  if (isa.modeOf(opcode) !== isa.modes.atomic) return { reads: both, writes: 0 };
  const what = isa.atomicKindOf(instruction);
  if (what?.kind === "loadAcquire") return { reads: bit(src), writes: bit(dst) };
  // What is written may still be read by the instruction itself, so it counts as read.
  if (what?.kind === "compareExchange") return { reads: both | bit(0), writes: 0 };
  return { reads: both, writes: 0 };
}
