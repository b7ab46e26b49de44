/** Atomic operations of the interpreter (RFC 9669, section 5.3). One program runs at a time: no operation is ever half done. */

import { atomicKindOf } from "../../isa/atomic.ts";
import { type AccessSize, accessSizeOf } from "../../isa/memory.ts";
import type { FaultKind } from "../faults.ts";
import type { LinkedProgram } from "../link.ts";
import type { Machine } from "../machine.ts";
import * as words from "./words.ts";

/** Carries out the atomic instruction at `slot`; what is wrong with it, else nothing. `pointer` is what it reached for. */
export function runAtomic(
  machine: Machine,
  program: LinkedProgram,
  slot: number,
  pointer: Int32Array,
): FaultKind | undefined {
  const { registers } = machine;
  const size = accessSizeOf(program.opcodes[slot]!);
  const kind = atomicKindOf({
    opcode: program.opcodes[slot]!,
    dst: 0,
    src: 0,
    offset: 0,
    imm: program.immediates[slot]!,
    immHigh: 0,
  });
  if (kind === undefined) return "missing";
  const isLoad = kind.kind === "loadAcquire";
  const base = (isLoad ? program.src[slot]! : program.dst[slot]!) << 1;
  words.sumOf(pointer, registers[base]!, registers[base + 1]!, program.offsets[slot]!);
  const at = machine.locate(pointer[0]!, pointer[1]!, size, !isLoad);
  if (at < 0) {
    if (isLoad) return "load";
    return machine.locate(pointer[0]!, pointer[1]!, size) < 0 ? "store" : "readOnly";
  }
  if (at % size !== 0) return "alignment";
  const source = program.src[slot]!;
  const memory = read(machine, at, size);
  const value = registerValue(registers, source);
  switch (kind.kind) {
    case "operation":
      write(machine, at, size, kind.operation.apply(memory, value, size as 4 | 8));
      if (kind.fetch) setRegister(registers, source, memory);
      break;
    case "exchange":
      write(machine, at, size, value);
      setRegister(registers, source, memory);
      break;
    case "compareExchange":
      if (memory === BigInt.asUintN(size * 8, registerValue(registers, 0))) write(machine, at, size, value);
      setRegister(registers, 0, memory);
      break;
    case "loadAcquire":
      setRegister(registers, program.dst[slot]!, memory);
      break;
    case "storeRelease":
      write(machine, at, size, value);
      break;
  }
  return undefined;
}

function registerValue(registers: Int32Array, register: number): bigint {
  return words.joined(registers[2 * register]!, registers[2 * register + 1]!);
}

function setRegister(registers: Int32Array, register: number, value: bigint): void {
  registers[2 * register] = Number(BigInt.asIntN(32, value));
  registers[2 * register + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

function read({ view }: Machine, at: number, size: AccessSize): bigint {
  switch (size) {
    case 1:
      return BigInt(view.getUint8(at));
    case 2:
      return BigInt(view.getUint16(at, true));
    case 4:
      return BigInt(view.getUint32(at, true));
    case 8:
      return view.getBigUint64(at, true);
  }
}

function write({ view }: Machine, at: number, size: AccessSize, value: bigint): void {
  switch (size) {
    case 1:
      return view.setUint8(at, Number(BigInt.asUintN(8, value)));
    case 2:
      return view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
    case 4:
      return view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
    case 8:
      return view.setBigUint64(at, value, true);
  }
}
