/**
 * Classic BPF, the filter language before eBPF: an accumulator `a`, an index register `x`, sixteen words of memory, and
 * forward jumps only (`linux/filter.h`, and "The BSD Packet Filter", McCanne and Jacobson, 1993).
 */

/** One instruction, as plain data. Jump distances are counted from the next instruction on. */
export interface ClassicInstruction {
  readonly code: number;
  /** How far a condition jumps when it holds, and when it does not: 0 to 255. */
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  /** The constant: a value, an offset, a distance. 32 bits, unsigned. */
  readonly k: number;
}

/** The low three bits of a code. */
export const classicClasses = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, ret: 6, misc: 7 } as const;

/** How much a load moves: bits 3 and 4. */
export const classicSizes = { 4: 0x00, 2: 0x08, 1: 0x10 } as const;

/** Where a load takes its value from: bits 5 to 7. */
export const classicModes = { imm: 0x00, abs: 0x20, ind: 0x40, mem: 0x60, len: 0x80, msh: 0xa0 } as const;

/** Operations of arithmetic; the second operand is the constant, or `x` with bit 3. */
export const classicOperations = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  neg: 0x80,
  mod: 0x90,
  xor: 0xa0,
} as const;

/** Conditions of jumps, all of them on unsigned words. */
export const classicConditions = { jeq: 0x10, jgt: 0x20, jge: 0x30, jset: 0x40 } as const;

/** Bit 3 of arithmetic and jumps: the operand is `x`. */
export const useIndex = 0x08;
/** The value of `ret` is `a`. */
export const returnAccumulator = 0x10;
/** `misc` moves `a` to `x` without this bit, and back with it. */
export const fromIndex = 0x80;

export type ClassicOperation = keyof typeof classicOperations;
export type ClassicCondition = keyof typeof classicConditions;

/** The second operand of arithmetic and conditions. */
export type ClassicOperand = number | "x";

/** Words of memory, `M[0]` to `M[15]` (`BPF_MEMWORDS`). */
export const memoryWords = 16;
/** The longest program the kernel takes (`BPF_MAXINSNS`). */
export const mostInstructions = 4096;

const { ld, ldx, st, stx, alu, jmp, ret, misc } = classicClasses;
const modes = classicModes;

function make(code: number, k = 0, jumpTrue = 0, jumpFalse = 0): ClassicInstruction {
  return { code, jumpTrue, jumpFalse, k: k >>> 0 };
}

/** `a` = so many bytes of the packet at `offset`, in the order of the network; past the end the program returns 0. */
export const loadPacketAt = (size: 1 | 2 | 4, offset: number) => make(ld | classicSizes[size] | modes.abs, offset);
/** The same at `x + offset`. */
export const loadPacketAtIndex = (size: 1 | 2 | 4, offset: number) => make(ld | classicSizes[size] | modes.ind, offset);
/** `a` = the length of the packet. */
export const loadLength = () => make(ld | modes.len);
export const loadConstant = (value: number) => make(ld | modes.imm, value);
/** `a` = `M[word]`. */
export const loadMemory = (word: number) => make(ld | modes.mem, word);
export const loadIndexConstant = (value: number) => make(ldx | modes.imm, value);
export const loadIndexMemory = (word: number) => make(ldx | modes.mem, word);
export const loadIndexLength = () => make(ldx | modes.len);
/** `x` = four times the low half of the byte at `offset`: the length of an IPv4 header. */
export const loadHeaderLength = (offset: number) => make(ldx | classicSizes[1] | modes.msh, offset);
/** `M[word]` = `a`. */
export const storeMemory = (word: number) => make(st, word);
/** `M[word]` = `x`. */
export const storeIndex = (word: number) => make(stx, word);
/** `x` = `a`. */
export const moveToIndex = () => make(misc);
/** `a` = `x`. */
export const moveFromIndex = () => make(misc | fromIndex);

/** `a = a (op) operand`; `neg` has none. */
export function calculate(operation: ClassicOperation, operand: ClassicOperand = 0): ClassicInstruction {
  const code = alu | classicOperations[operation];
  return operand === "x" ? make(code | useIndex) : make(code, operand);
}

/** Goes on `distance` instructions further. */
export const jumpAlways = (distance: number) => make(jmp, distance);

/** Goes on so many instructions further when `a (condition) operand`, and so many when not. */
export function jumpIf(
  condition: ClassicCondition,
  operand: ClassicOperand,
  jumpTrue: number,
  jumpFalse: number,
): ClassicInstruction {
  const code = jmp | classicConditions[condition];
  return operand === "x" ? make(code | useIndex, 0, jumpTrue, jumpFalse) : make(code, operand, jumpTrue, jumpFalse);
}

/** Ends: so many bytes of the packet are taken, 0 for none. */
export const returnConstant = (value: number) => make(ret, value);
export const returnA = () => make(ret | returnAccumulator);
