/** Loads and stores (RFC 9669, section 5), and the 64-bit immediates that name maps and functions (section 5.4). */

import { classes, type Instruction, instruction, loadImmediate64, type Register } from "./instruction.ts";

/** How many bytes a load or store moves. */
export type AccessSize = 1 | 2 | 4 | 8;

/** Bits 3 and 4 of a load or store. */
export const sizes = { 4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18 } as const;

/** Bits 5 to 7 of a load or store. */
export const modes = {
  /** 64-bit immediates. */
  imm: 0x00,
  /** Packet access at a fixed offset, deprecated. */
  abs: 0x20,
  /** Packet access at an offset in a register, deprecated. */
  ind: 0x40,
  /** Plain loads and stores. */
  mem: 0x60,
  /** Loads extended by their sign. */
  memsx: 0x80,
  atomic: 0xc0,
} as const;

/** What the `src` field of a 64-bit immediate load says about its value. */
export const pseudoSources = {
  value: 0,
  /** A map, by file descriptor. */
  mapFd: 1,
  /** A place in the value of a one-entry map, by file descriptor and offset. */
  mapValue: 2,
  /** A variable of the kernel, by its BTF id. */
  kernelVariable: 3,
  /** A function of this program, by its distance in slots. */
  function: 4,
  /** As `mapFd` and `mapValue`, by index into the descriptors given at load. */
  mapIndex: 5,
  mapIndexValue: 6,
} as const;

/** `dst = *(size *)(src + offset)`, filled with zeros. */
export function load(size: AccessSize, dst: Register, src: Register, offset: number): Instruction {
  return instruction(classes.ldx | sizes[size] | modes.mem, { dst, src, offset });
}

/** `dst = *(size *)(src + offset)`, extended by its sign. */
export function loadSigned(size: 1 | 2 | 4, dst: Register, src: Register, offset: number): Instruction {
  return instruction(classes.ldx | sizes[size] | modes.memsx, { dst, src, offset });
}

/** `*(size *)(dst + offset) = src`. */
export function store(size: AccessSize, dst: Register, offset: number, src: Register): Instruction {
  return instruction(classes.stx | sizes[size] | modes.mem, { dst, src, offset });
}

/** `*(size *)(dst + offset) = value`, sign-extended from 32 bits. */
export function storeImmediate(size: AccessSize, dst: Register, offset: number, value: number): Instruction {
  return instruction(classes.st | sizes[size] | modes.mem, { dst, offset, imm: value });
}

/** `dst = value`, any 64 bits: a bigint of either sign. */
export function load64(dst: Register, value: bigint): Instruction {
  return wide(dst, pseudoSources.value, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

/** `dst` = the map behind `fd`. A compiler writes 0 and records a map reference; the runtime fills it in. */
export function loadMap(dst: Register, fd: number): Instruction {
  return wide(dst, pseudoSources.mapFd, fd, 0);
}

/** `dst` = the address of the byte at `offset` in the one value of the map behind `fd`. */
export function loadMapValue(dst: Register, fd: number, offset: number): Instruction {
  return wide(dst, pseudoSources.mapValue, fd, offset);
}

/** `dst` = the function `distance` slots after the next instruction's first slot, for helpers that call back. */
export function loadFunction(dst: Register, distance: number): Instruction {
  return wide(dst, pseudoSources.function, distance, 0);
}

/** `dst` = the address of a kernel variable, by its BTF id; `moduleFd` is the BTF it is in, 0 for vmlinux. */
export function loadKernelVariable(dst: Register, btfId: number, moduleFd = 0): Instruction {
  return wide(dst, pseudoSources.kernelVariable, btfId, moduleFd);
}

/** As `loadMap`, by index into the descriptors given at load. */
export function loadMapByIndex(dst: Register, index: number): Instruction {
  return wide(dst, pseudoSources.mapIndex, index, 0);
}

/** As `loadMapValue`, by index into the descriptors given at load. */
export function loadMapValueByIndex(dst: Register, index: number, offset: number): Instruction {
  return wide(dst, pseudoSources.mapIndexValue, index, offset);
}

/** `r0` = so many bytes of the packet at `offset`, in the order of the host. Deprecated: socket filters and tc only. */
export function loadPacket(size: 1 | 2 | 4, offset: number): Instruction {
  return instruction(classes.ld | sizes[size] | modes.abs, { imm: offset });
}

/** The same at `src + offset`. */
export function loadPacketIndirect(size: 1 | 2 | 4, src: Register, offset: number): Instruction {
  return instruction(classes.ld | sizes[size] | modes.ind, { src, imm: offset });
}

/** The 64-bit immediate of a load, unsigned. */
export function immediateOf({ imm, immHigh }: Instruction): bigint {
  return (BigInt.asUintN(32, BigInt(immHigh)) << 32n) | BigInt.asUintN(32, BigInt(imm));
}

/** The size a load, store or atomic operation moves. */
export function accessSizeOf(opcode: number): AccessSize {
  return ([4, 2, 1, 8] as const)[(opcode >> 3) & 3]!;
}

/** The mode bits of a load or store. */
export function modeOf(opcode: number): number {
  return opcode & 0xe0;
}

function wide(dst: Register, src: Register, imm: number, immHigh: number): Instruction {
  return instruction(loadImmediate64, { dst, src, imm, immHigh });
}
