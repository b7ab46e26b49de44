/** Arguments of helpers: numbers in registers, and the memory and maps that pointers in them name. */

import { indexMask } from "../layout.ts";
import type { Machine } from "../machine.ts";
import type { SandboxMap } from "../maps/map.ts";

/** Negative error numbers that helpers give back. */
export const errors = {
  permission: -1,
  noEntry: -2,
  tooBig: -7,
  noMemory: -12,
  access: -13,
  fault: -14,
  busy: -16,
  exists: -17,
  invalid: -22,
  noSpace: -28,
  range: -34,
  noProtocolOption: -92,
  notSupported: -95,
  /** `ENOTSUPP`, of the kernel alone. */
  noSuchOperation: -524,
} as const;

/** The lower 32 bits, as a number without a sign. */
export const word = (machine: Machine, register: number): number => machine.registers[2 * register]! >>> 0;

/** The lower 32 bits with their sign: an `int`. */
export const int = (machine: Machine, register: number): number => machine.registers[2 * register]!;

/** All 64 bits, without a sign. */
export const long = (machine: Machine, register: number): bigint =>
  (BigInt(machine.registers[2 * register + 1]! >>> 0) << 32n) | BigInt(word(machine, register));

/** Flags of 64 bits: a number beyond all that are known when the upper half has any. */
export const flagsOf = (machine: Machine, register: number): number =>
  machine.registers[2 * register + 1] === 0 ? word(machine, register) : 0xffff_ffff;

export const isNull = (machine: Machine, register: number): boolean =>
  machine.registers[2 * register] === 0 && machine.registers[2 * register + 1] === 0;

/** A size in bytes; -1, with a complaint, for one that no memory has. */
export function sizeArgument(machine: Machine, helper: string, register: number): number {
  if (machine.registers[2 * register + 1] === 0 && machine.registers[2 * register]! >= 0) return int(machine, register);
  machine.complain(
    `calls ${helper} with a size in r${register} of ${BigInt.asIntN(64, long(machine, register))} bytes`,
  );
  return -1;
}

/** Where the `sizeBytes` lie that r`register` points to; -1, with a complaint, when they are not there. Nothing of 0 bytes is asked for. */
export function memoryArgument(
  machine: Machine,
  helper: string,
  register: number,
  sizeBytes: number,
  write = false,
): number {
  if (sizeBytes === 0) return 0;
  const at = machine.locateRegister(register, sizeBytes, write);
  if (at < 0) {
    const verb = write ? "writes" : "reads";
    machine.complain(`calls ${helper}, which ${verb} ${sizeBytes} bytes at r${register}: they are not there`);
  }
  return at;
}

/** The map that r`register` points to; a complaint when it is none. */
export function mapArgument(machine: Machine, helper: string, register: number): SandboxMap | undefined {
  const high = machine.registers[2 * register + 1]!;
  const map = machine.mapsByIndex.get(high & indexMask);
  if (
    map !== undefined &&
    map.address === machine.registers[2 * register] &&
    machine.objects.handle(map.index) === high
  ) {
    return map;
  }
  machine.complain(`calls ${helper} with something in r${register} that is no map`);
  return undefined;
}

/** Gives back a pointer: an object's, by its halves. */
export const nullPointer = (machine: Machine): void => machine.result64(0, 0);

/** Puts an argument for a callback into a register. */
export function setRegister(machine: Machine, register: number, low: number, high: number): void {
  machine.registers[2 * register] = low;
  machine.registers[2 * register + 1] = high;
}
