/**
 * Classic BPF as eBPF, as the kernel translates it before it runs it (`bpf_convert_filter`, net/core/filter.c): `a` is r0, `x`
 * is r7, r6 the `__sk_buff`, and the words of memory lie on the stack. The program is one for socket filters.
 */

import { InputError } from "../../errors/error.ts";
import * as alu from "../alu.ts";
import { callHelper, exit } from "../call.ts";
import type { Instruction, Register } from "../instruction.ts";
import * as jump from "../jump.ts";
import { load, loadPacket, loadPacketIndirect, store, storeImmediate } from "../memory.ts";
import { be16, neg32 } from "../unary.ts";
import { ancillaryNames, ancillaryStart } from "./forms.ts";
import {
  type ClassicInstruction,
  classicClasses,
  classicConditions,
  classicModes,
  classicOperations,
  fromIndex,
  memoryWords,
  returnAccumulator,
  useIndex,
} from "./instruction.ts";
import { validateClassic } from "./validate.ts";

const accumulator: Register = 0;
const index: Register = 7;
const context: Register = 6;
const spare: Register = 8;
const frame: Register = 10;

/** Offsets in `__sk_buff` (`include/uapi/linux/bpf.h`). */
const member = {
  length: 0,
  packetType: 4,
  mark: 8,
  queue: 12,
  protocol: 16,
  hasVlan: 20,
  vlanTag: 24,
  interface: 40,
  hash: 68,
  vlanProtocol: 28,
};

/** A jump to a classic instruction, whose place among the others is not known yet. */
interface OpenJump {
  readonly to: number;
  readonly make: (distance: number) => Instruction;
}

type Step = Instruction | OpenJump;

/** Translates a whole program. Throws `InputError` for one that is none, and for what socket filters do not have. */
export function extendedFromClassic(program: readonly ClassicInstruction[]): Instruction[] {
  validateClassic(program);
  const steps: Step[] = prologue(program);
  const starts: number[] = [];
  for (const [at, instruction] of program.entries()) {
    starts.push(steps.length);
    steps.push(...translate(instruction, at));
  }
  return steps.map((step, slot) => ("make" in step ? step.make(starts[step.to]! - slot - 1) : step));
}

/** What classic programs begin with: nothing in their registers, and in those words of memory that they use. */
function prologue(program: readonly ClassicInstruction[]): Instruction[] {
  const words = new Set(program.filter(usesMemory).map(({ k }) => k));
  return [
    alu.mov.reg(context, 1),
    alu.mov.imm(accumulator, 0),
    alu.mov.imm(index, 0),
    ...[...words].sort((one, other) => one - other).map((word) => storeImmediate(4, frame, placeOf(word), 0)),
  ];
}

function usesMemory({ code }: ClassicInstruction): boolean {
  const kind = code & 7;
  if (kind === classicClasses.st || kind === classicClasses.stx) return true;
  return (kind === classicClasses.ld || kind === classicClasses.ldx) && (code & 0xe0) === classicModes.mem;
}

const placeOf = (word: number) => -4 * (memoryWords - word);

function translate(instruction: ClassicInstruction, at: number): readonly Step[] {
  const { code, k } = instruction;
  switch (code & 7) {
    case classicClasses.ld:
      return translateLoad(instruction, at);
    case classicClasses.ldx:
      return translateIndexLoad(instruction);
    case classicClasses.st:
      return [store(4, frame, placeOf(k), accumulator)];
    case classicClasses.stx:
      return [store(4, frame, placeOf(k), index)];
    case classicClasses.alu:
      return calculation(instruction);
    case classicClasses.jmp:
      return translateJump(instruction, at);
    case classicClasses.ret:
      return [...((code & 0x18) === returnAccumulator ? [] : [alu.mov.imm32(accumulator, k | 0)]), exit()];
    default:
      return [(code & fromIndex) !== 0 ? alu.mov.reg32(accumulator, index) : alu.mov.reg32(index, accumulator)];
  }
}

function translateLoad({ code, k }: ClassicInstruction, at: number): readonly Instruction[] {
  const size = ([4, 2, 1] as const)[(code >> 3) & 3]!;
  switch (code & 0xe0) {
    case classicModes.imm:
      return [alu.mov.imm32(accumulator, k | 0)];
    case classicModes.mem:
      return [load(4, accumulator, frame, placeOf(k))];
    case classicModes.len:
      return [load(4, accumulator, context, member.length)];
    case classicModes.ind:
      return [loadPacketIndirect(size, index, k | 0)];
    default:
      return k >= ancillaryStart ? ancillary(k, at) : [loadPacket(size, k | 0)];
  }
}

function translateIndexLoad({ code, k }: ClassicInstruction): Instruction[] {
  switch (code & 0xe0) {
    case classicModes.imm:
      return [alu.mov.imm32(index, k | 0)];
    case classicModes.mem:
      return [load(4, index, frame, placeOf(k))];
    case classicModes.len:
      return [load(4, index, context, member.length)];
    default:
      return [
        alu.mov.reg(spare, accumulator),
        loadPacket(1, k | 0),
        alu.and.imm32(accumulator, 0x0f),
        alu.lsh.imm32(accumulator, 2),
        alu.mov.reg(index, accumulator),
        alu.mov.reg(accumulator, spare),
      ];
  }
}

type AncillaryName = (typeof ancillaryNames)[number];

/** What Linux gives at offsets that no packet has (`SKF_AD_*`), of those that `__sk_buff` has members or helpers for. */
const ancillaries: Readonly<Partial<Record<AncillaryName, readonly Instruction[]>>> = {
  proto: [load(4, accumulator, context, member.protocol), be16.on(accumulator)],
  type: [load(4, accumulator, context, member.packetType)],
  ifidx: [load(4, accumulator, context, member.interface)],
  mark: [load(4, accumulator, context, member.mark)],
  queue: [load(4, accumulator, context, member.queue)],
  rxhash: [load(4, accumulator, context, member.hash)],
  cpu: [callHelper("bpf_get_smp_processor_id")],
  xor_x: [alu.xor.reg32(accumulator, index)],
  vlan_tci: [load(4, accumulator, context, member.vlanTag)],
  vlanp: [load(4, accumulator, context, member.hasVlan)],
  random: [callHelper("bpf_get_prandom_u32")],
  vlan_tpid: [load(4, accumulator, context, member.vlanProtocol), be16.on(accumulator)],
};

function ancillary(k: number, at: number): readonly Instruction[] {
  const name = ancillaryNames[(k - ancillaryStart) / 4]!;
  const found = ancillaries[name];
  if (found !== undefined) return found;
  throw new InputError("CLASSIC_NOT_YET", `instruction ${at}: eBPF has no \`${name}\` of a packet; leave it out`);
}

const operations = new Map<number, alu.AluOperation>([
  [classicOperations.add, alu.add],
  [classicOperations.sub, alu.sub],
  [classicOperations.mul, alu.mul],
  [classicOperations.div, alu.div],
  [classicOperations.or, alu.or],
  [classicOperations.and, alu.and],
  [classicOperations.lsh, alu.lsh],
  [classicOperations.rsh, alu.rsh],
  [classicOperations.mod, alu.mod],
  [classicOperations.xor, alu.xor],
]);

function calculation({ code, k }: ClassicInstruction): Instruction[] {
  const operation = operations.get(code & 0xf0);
  if (operation === undefined) return [neg32.on(accumulator)];
  if ((code & useIndex) === 0) return [operation.imm32(accumulator, k | 0)];
  const calculate = operation.reg32(accumulator, index);
  if (operation !== alu.div && operation !== alu.mod) return [calculate];
  // A classic program that divides by zero returns 0.
  return [jump.jne.imm32(index, 0, 2), alu.mov.imm32(accumulator, 0), exit(), calculate];
}

const conditions = new Map<number, jump.Condition>([
  [classicConditions.jeq, jump.jeq],
  [classicConditions.jgt, jump.jgt],
  [classicConditions.jge, jump.jge],
  [classicConditions.jset, jump.jset],
]);

function translateJump({ code, k, jumpTrue, jumpFalse }: ClassicInstruction, at: number): Step[] {
  const condition = conditions.get(code & 0xf0);
  const always = (to: number): OpenJump => ({ to, make: jump.jumpFar });
  if (condition === undefined) return [always(at + 1 + k)];
  const when = (one: jump.Condition, to: number): OpenJump => ({
    to,
    make: (distance) =>
      (code & useIndex) !== 0 ? one.reg32(accumulator, index, distance) : one.imm32(accumulator, k | 0, distance),
  });
  const opposite = jump.oppositeOf(condition);
  if (jumpTrue === jumpFalse) return [always(at + 1 + jumpTrue)];
  if (jumpTrue === 0 && opposite !== undefined) return [when(opposite, at + 1 + jumpFalse)];
  return [when(condition, at + 1 + jumpTrue), ...(jumpFalse === 0 ? [] : [always(at + 1 + jumpFalse)])];
}
