/** Where things lie in the linear memory of a collection (docs/decisions/0013-sandbox-memory.md). All numbers are bytes. */

import { pageBytes } from "./webassembly.ts";

/** Cells that the machine, compiled programs and helpers share: 32 bits each, pairs for 64. */
export const cells = {
  /** Why the last run ended: 0, or one of `faults`. */
  status: 4096,
  /** The slot of the instruction that faulted. */
  faultSlot: 4100,
  /** What it tried to reach, and how many bytes of it. */
  faultAddress: 4104,
  faultBytes: 4112,
  /** What is left of the limit of instructions. */
  fuel: 4116,
  /** Frames in use. */
  depth: 4120,
  /** Where a tail call goes: the index of a program in the sandbox. */
  nextProgram: 4124,
  /** A counter, from which each stack frame takes its generation. */
  frameGeneration: 4128,
  /** Depth that calls of the running function may not reach. */
  depthLimit: 4132,
  /** Addresses from where, and up to where, the context may be written beside its front: see contexts.ts. */
  writableFrom: 4140,
  writableTo: 4144,
  /** How much of the context was given: it may be longer, with zeros. */
  contextBytes: 4148,
  /** The processor that runs, as `Surroundings` says. */
  processor: 4136,
} as const;

/** r0 to r10, 8 bytes each. Arguments and results of helpers pass here. */
export const registersAt = 4224;

/** The context of the running program. */
export const contextAt = 8192;
export const contextCapacityBytes = 32768;

/** Stack frames: those of a program's calls, and of callbacks that helpers call from there. */
export const framesAt = contextAt + contextCapacityBytes;
export const frameBytes = 512;
export const frameCount = 16;
/** Calls that may be nested, as in the kernel (`MAX_CALL_FRAMES`). */
export const callDepthLimit = 8;

/** Room for helpers to put arguments of callbacks, and values that they hand out. */
export const scratchAt = framesAt + frameBytes * frameCount;
export const scratchBytes = pageBytes - scratchAt;

/** The packet: room to grow at its head, the longest packet, room at its tail. */
export const packetAreaAt = pageBytes;
export const packetHeadroomBytes = 256;
export const packetCapacityBytes = 65535;
export const packetAreaBytes = 2 * pageBytes;

/** The table of objects; what follows it depends on the collection. */
export const objectTableAt = packetAreaAt + packetAreaBytes;

/** A row of the table: pointer to the first byte (64 bits), length, and how many bytes of it may be written. */
export const objectRowBytes = 16;
export const row = { first: 0, handle: 4, length: 8, writable: 12 } as const;

/** Indexes that are always there. */
export const objectIndexes = {
  packet: 0,
  context: 1,
  frames: 2,
  /** Functions of programs: the address is the slot, and nothing of them can be read. */
  functions: 2 + frameCount,
  scratch: 3 + frameCount,
  /** The first that `ObjectTable` hands out. */
  free: 4 + frameCount,
} as const;

export const indexBits = 24;
export const indexMask = (1 << indexBits) - 1;

/** `value` rounded up to a multiple of `step`, a power of two. */
export const alignUp = (value: number, step: number): number => (value + step - 1) & -step;
