/** How each operation becomes instructions of the machine. A guard and what it guards are made in one place, together. */

import type { AccessSize, Register } from "../isa/index.ts";
import * as isa from "../isa/index.ts";
import { localValue } from "./collection-types.ts";
import { conditional, type Emitter } from "./emit.ts";
import { constantOf } from "./fold.ts";
import type { Operation, Value } from "./ir.ts";
import { problem } from "./problem.ts";

export function lowerInstruction(emitter: Emitter, value: Value): void {
  const { op, place } = value;
  const [first, second, third] = value.operands;
  switch (op.kind) {
    case "constant":
    case "frame":
    case "map":
    case "function":
      return;
    case "context":
      return takeParameter(emitter, value, 0);
    case "parameter":
      return takeParameter(emitter, value, op.index);
    case "argument":
      return emitter.put(isa.load(8, emitter.register(value), isa.r1, op.index * 8), place);
    case "mapValue":
      return emitter.put(isa.loadMapValue(emitter.register(value), 0, op.offset), place, {
        map: { name: op.map, valueOffset: op.offset },
      });
    case "materialize":
      return emitter.load(emitter.register(value), first!, place);
    case "alu":
      return lowerAlu(emitter, value, op);
    case "unary":
      emitter.load(emitter.register(value), first!, place);
      return emitter.put(op.unary.on(emitter.register(value)), place);
    case "truncate":
      return emitter.put(isa.mov.reg32(emitter.register(value), emitter.register(first!)), place);
    case "unknown":
      // An address, negated, is a number of which nothing is known.
      emitter.put(isa.mov.reg(emitter.register(value), isa.r10), place);
      return emitter.put(isa.neg.on(emitter.register(value)), place);
    case "address":
      // Twice negated, a pointer is a plain number to the verifier.
      emitter.load(emitter.register(value), first!, place);
      emitter.put(isa.neg.on(emitter.register(value)), place);
      return emitter.put(isa.neg.on(emitter.register(value)), place);
    case "compare": {
      const result = emitter.register(value);
      emitter.put(isa.mov.imm(result, 1), place);
      emitter.put(conditional(emitter, op.condition, op.width, emitter.register(first!), second!, 1), place);
      return emitter.put(isa.mov.imm(result, 0), place);
    }
    case "choose": {
      const result = emitter.register(value);
      emitter.load(result, first!, place);
      emitter.put(conditional(emitter, op.condition, op.width, result, second!, 1), place);
      return emitter.load(result, second!, place);
    }
    case "bounded": {
      // The way out is never taken, and ends at once for the verifier.
      const result = emitter.register(value);
      emitter.load(result, first!, place);
      emitter.put(isa.jle.imm(result, op.maximum, 2), place);
      emitter.put(isa.mov.imm(isa.r0, 0), place);
      return emitter.put(isa.exit(), place);
    }
    case "load": {
      const { base, offset } = emitter.address(first!, op.offset + (op.relocation ? localValue(op.relocation) : 0));
      const relocation = op.relocation && { relocation: op.relocation };
      return emitter.put(isa.load(op.sizeBytes, emitter.register(value), base, offset), place, relocation);
    }
    case "store":
      return store(emitter, emitter.address(first!, op.offset), op.sizeBytes, second!, value);
    case "zero":
      return lowerZero(emitter, value, op);
    case "checkedLoad":
      return lowerCheckedLoad(emitter, value, op);
    case "checkedStore":
      return lowerCheckedStore(emitter, value, op, third!);
    case "call":
      argumentsInPlace(emitter, value);
      emitter.put(isa.callHelper(op.helper), place);
      return takeResult(emitter, value);
    case "guardedCall":
      return lowerGuardedCall(emitter, value, op);
    case "callFunction":
      argumentsInPlace(emitter, value);
      emitter.put(isa.callLocal(0), place, { routine: op.routine });
      return takeResult(emitter, value);
    case "callKernel":
      argumentsInPlace(emitter, value);
      emitter.put(isa.callKernelFunction(0), place, { kernelFunction: op });
      return takeResult(emitter, value);
    case "kernelAddress":
      return emitter.put(isa.load64(emitter.register(value), 0n), place, { kernelSymbol: op.name });
    case "atomic":
      return lowerAtomic(emitter, value, op);
    case "core":
      if (op.wide) {
        const wide = isa.load64(emitter.register(value), BigInt(localValue(op.relocation)));
        return emitter.put(wide, place, { relocation: op.relocation });
      }
      return emitter.put(isa.mov.imm(emitter.register(value), localValue(op.relocation)), place, {
        relocation: op.relocation,
      });
    case "coreAddress":
      emitter.load(emitter.register(value), first!, place);
      return emitter.put(isa.add.imm(emitter.register(value), localValue(op.relocation)), place, {
        relocation: op.relocation,
      });
    case "phi":
      throw problem("bug", place, "a φ among the instructions");
  }
}

function takeParameter(emitter: Emitter, value: Value, index: number): void {
  const arrives = (index + 1) as Register;
  const register = emitter.register(value);
  if (register !== arrives) emitter.put(isa.mov.reg(register, arrives), value.place);
}

const shifts: ReadonlySet<isa.AluOperation> = new Set([isa.lsh, isa.rsh, isa.arsh]);

function lowerAlu(emitter: Emitter, value: Value, { alu, width }: Operation & { kind: "alu" }): void {
  const { place } = value;
  const result = emitter.register(value);
  const [left, right] = value.operands;
  emitter.load(result, left!, place);
  const second = emitter.second(right!, width);
  if ("imm" in second) {
    // The machine shifts by the low bits of a register; an immediate must be a count that there is.
    const imm = shifts.has(alu) ? second.imm & (width - 1) : second.imm;
    for (const part of partsOf(alu, imm)) {
      emitter.put(width === 64 ? alu.imm(result, part) : alu.imm32(result, part), place);
    }
  } else {
    emitter.put(width === 64 ? alu.reg(result, second.register) : alu.reg32(result, second.register), place);
  }
}

/** No pointer may be further from what it points to (`BPF_MAX_VAR_OFF` of `kernel/bpf/verifier.c`). */
const farthest = 1 << 29;

/**
 * The verifier remembers of `b = a + constant` how far `b` is from `a`, and takes this distance for one of the pointer that
 * `b` is later added to. Behind a second addition it remembers nothing.
 */
function partsOf(alu: isa.AluOperation, imm: number): number[] {
  if (alu !== isa.add || Math.abs(imm) < farthest) return [imm];
  const half = Math.trunc(imm / 2);
  return [half, imm - half];
}

function store(
  emitter: Emitter,
  { base, offset }: { base: Register; offset: number },
  sizeBytes: AccessSize,
  stored: Value,
  { place }: Value,
): void {
  const constant = constantOf(stored);
  if (constant === undefined) emitter.put(isa.store(sizeBytes, base, offset, emitter.register(stored)), place);
  else emitter.put(isa.storeImmediate(sizeBytes, base, offset, Number(BigInt.asIntN(32, constant))), place);
}

function lowerZero(emitter: Emitter, value: Value, { sizeBytes, offset }: Operation & { kind: "zero" }): void {
  const at = emitter.address(value.operands[0]!, offset);
  let done = 0;
  for (const size of [8, 4, 2, 1] as const) {
    for (; sizeBytes - done >= size; done += size) {
      emitter.put(isa.storeImmediate(size, at.base, at.offset + done, 0), value.place);
    }
  }
}

function lowerCheckedLoad(emitter: Emitter, value: Value, op: Operation & { kind: "checkedLoad" }): void {
  const { place } = value;
  const [base, index] = value.operands;
  const result = emitter.register(value);
  const { base: from, offset } = emitter.address(base!, op.offset);
  const access = [
    ...addressInto(result, from, emitter.register(index!), op.stride),
    isa.load(op.sizeBytes, result, result, offset),
  ];
  if (!op.isWithin) {
    emitter.put(isa.mov.imm(result, 0), place);
    emitter.put(isa.jgt.imm(emitter.register(index!), op.maximum, access.length), place);
  }
  for (const instruction of access) emitter.put(instruction, place);
}

function lowerCheckedStore(
  emitter: Emitter,
  value: Value,
  op: Operation & { kind: "checkedStore" },
  stored: Value,
): void {
  const { place } = value;
  const [base, index] = value.operands;
  const scratch = emitter.register(value);
  const { base: to, offset } = emitter.address(base!, op.offset);
  const address = addressInto(scratch, to, emitter.register(index!), op.stride);
  if (!op.isWithin) emitter.put(isa.jgt.imm(emitter.register(index!), op.maximum, address.length + 1), place);
  for (const instruction of address) emitter.put(instruction, place);
  store(emitter, { base: scratch, offset }, op.sizeBytes, stored, value);
}

/** `result = base + index * stride`. */
function addressInto(result: Register, base: Register, index: Register, stride: number): isa.Instruction[] {
  if (stride === 1) return [isa.mov.reg(result, base), isa.add.reg(result, index)];
  const shift = Math.log2(stride);
  const scale = Number.isInteger(shift) ? isa.lsh.imm(result, shift) : isa.mul.imm(result, stride);
  return [isa.mov.reg(result, index), scale, isa.add.reg(result, base)];
}

/** The operands of a call in r1 to r5. */
function argumentsInPlace(emitter: Emitter, { operands, place }: Value): void {
  const moves = operands.map((value, index) => ({ to: (index + 1) as Register, value }));
  emitter.move(moves, isa.r0, place);
}

function takeResult(emitter: Emitter, value: Value): void {
  if ((emitter.uses.get(value) ?? 0) === 0) return;
  const result = emitter.register(value);
  if (result !== isa.r0) emitter.put(isa.mov.reg(result, isa.r0), value.place);
}

function lowerGuardedCall(emitter: Emitter, value: Value, op: Operation & { kind: "guardedCall" }): void {
  const { place, operands } = value;
  argumentsInPlace(emitter, value);
  const register = (operand: number) => (operand + 1) as Register;
  const guards = op.guards.filter(({ operand, maximum }) => {
    const known = constantOf(operands[operand]);
    return known === undefined || known > BigInt(maximum);
  });
  if (guards.length > 0) emitter.put(isa.mov.imm(isa.r0, op.onFailure), place);
  // Behind the last guard stand the additions and the call.
  let rest = guards.length + op.advance.length;
  for (const { operand, maximum } of guards) emitter.put(isa.jgt.imm(register(operand), maximum, rest--), place);
  for (const { argument, by } of op.advance) emitter.put(isa.add.reg(register(argument), register(by)), place);
  emitter.put(isa.callHelper(op.helper), place);
  takeResult(emitter, value);
}

function lowerAtomic(emitter: Emitter, value: Value, op: Operation & { kind: "atomic" }): void {
  const { place } = value;
  const [base, given, desired] = value.operands;
  const { base: to, offset } = emitter.address(base!, op.offset);
  const isUsed = (emitter.uses.get(value) ?? 0) > 0;
  if (op.atomic === "compareExchange") {
    emitter.load(isa.r0, given!, place);
    emitter.put(isa.compareExchange(op.sizeBytes, to, offset, emitter.register(desired!)), place);
    return takeResult(emitter, value);
  }
  if (op.atomic === "add" && !isUsed) {
    return emitter.put(isa.atomicAdd.on(op.sizeBytes, to, offset, emitter.register(given!)), place);
  }
  const result = emitter.register(value);
  emitter.load(result, given!, place);
  const instruction = op.atomic === "add" ? isa.atomicAdd.fetch : isa.exchange;
  emitter.put(instruction(op.sizeBytes, to, offset, result), place);
}
