/** Atomic operations on memory (RFC 9669, section 5.3). */

import { classes, type Instruction, instruction, type Register } from "./instruction.ts";
import { type AccessSize, modes, sizes } from "./memory.ts";

/** Atomic operations exist for these sizes. */
export type AtomicSize = 4 | 8;

/** One operation. `on` makes the instruction; `apply` gives the new content of memory. */
export interface AtomicOperation {
  readonly name: string;
  /** The immediate without the fetch bit. */
  readonly code: number;
  readonly symbol: string;
  /** `*(size *)(dst + offset) (op)= src`. */
  on(size: AtomicSize, dst: Register, offset: number, src: Register): Instruction;
  /** The same, and `src` becomes what memory held before. */
  fetch(size: AtomicSize, dst: Register, offset: number, src: Register): Instruction;
  apply(memory: bigint, src: bigint, size: AtomicSize): bigint;
}

/** The bit of the immediate that asks for the old value. */
export const fetchFlag = 0x01;

export const atomicAdd = operation("add", "+=", 0x00, (memory, src) => memory + src);
export const atomicOr = operation("or", "|=", 0x40, (memory, src) => memory | src);
export const atomicAnd = operation("and", "&=", 0x50, (memory, src) => memory & src);
export const atomicXor = operation("xor", "^=", 0xa0, (memory, src) => memory ^ src);

/** Every arithmetic operation that can be atomic. */
export const atomicOperations: readonly AtomicOperation[] = [atomicAdd, atomicOr, atomicAnd, atomicXor];

/** Immediates of the operations that are no arithmetic. */
export const exchangeCode = 0xe0 | fetchFlag;
/** `r0` says what is expected. */
export const compareExchangeCode = 0xf0 | fetchFlag;
/** Linux 6.15 (`BPF_LOAD_ACQ` and `BPF_STORE_REL` of `linux/bpf.h`). */
export const loadAcquireCode = 0x100;
export const storeReleaseCode = 0x110;

/** Writes `src`; `src` becomes what memory held before. */
export function exchange(size: AtomicSize, dst: Register, offset: number, src: Register): Instruction {
  return atomic(size, dst, offset, src, exchangeCode);
}

/** Writes `src` if memory holds what r0 holds; r0 becomes what memory held before. */
export function compareExchange(size: AtomicSize, dst: Register, offset: number, src: Register): Instruction {
  return atomic(size, dst, offset, src, compareExchangeCode);
}

/** `dst = *(size *)(src + offset)`; what comes later in the program is done after it. */
export function loadAcquire(size: AccessSize, dst: Register, src: Register, offset: number): Instruction {
  return atomic(size, dst, offset, src, loadAcquireCode);
}

/** `*(size *)(dst + offset) = src`; what came before in the program is done before it. */
export function storeRelease(size: AccessSize, dst: Register, offset: number, src: Register): Instruction {
  return atomic(size, dst, offset, src, storeReleaseCode);
}

/** What an atomic instruction does. */
export type AtomicKind =
  | { readonly kind: "operation"; readonly operation: AtomicOperation; readonly fetch: boolean }
  | { readonly kind: "exchange" }
  | { readonly kind: "loadAcquire" }
  | { readonly kind: "storeRelease" }
  | { readonly kind: "compareExchange" };

/** Reads the immediate of an instruction of class `stx` and mode `atomic`; `undefined` when it is none we know. */
export function atomicKindOf({ imm }: Instruction): AtomicKind | undefined {
  if (imm === exchangeCode) return { kind: "exchange" };
  if (imm === compareExchangeCode) return { kind: "compareExchange" };
  if (imm === loadAcquireCode) return { kind: "loadAcquire" };
  if (imm === storeReleaseCode) return { kind: "storeRelease" };
  const operation = atomicOperations.find(({ code }) => code === (imm & ~fetchFlag));
  return operation && { kind: "operation", operation, fetch: (imm & fetchFlag) !== 0 };
}

function operation(
  name: string,
  symbol: string,
  code: number,
  meaning: (memory: bigint, src: bigint) => bigint,
): AtomicOperation {
  return {
    name,
    symbol,
    code,
    on: (size, dst, offset, src) => atomic(size, dst, offset, src, code),
    fetch: (size, dst, offset, src) => atomic(size, dst, offset, src, code | fetchFlag),
    apply: (memory, src, size) => BigInt.asUintN(size * 8, meaning(memory, src)),
  };
}

function atomic(size: AccessSize, dst: Register, offset: number, src: Register, imm: number): Instruction {
  return instruction(classes.stx | sizes[size] | modes.atomic, { dst, src, offset, imm });
}
