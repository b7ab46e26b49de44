/** One instruction: what it asks of the state in front of it, and the state behind it. */

import * as isa from "../../isa/index.ts";
import { arithmeticRange, unaryRange } from "./arithmetic.ts";
import { atomicAccess } from "./atomic-access.ts";
import { branch } from "./branch.ts";
import { type CalledBack, callHelper } from "./calls.ts";
import { callKernel } from "./kernel-calls.ts";
import { loadFrom, placeIn, storeTo } from "./memory.ts";
import { pointerArithmetic } from "./pointer-arithmetic.ts";
import { loadedRange, zeroExtended } from "./range.ts";
import { refuse } from "./refusal.ts";
import { copyState, type State, topOf } from "./state.ts";
import { callFunction, enterCallback, leaveFunction } from "./subprograms.ts";
import { constantScalar, pointer, type Scalar, scalar, unknownScalar, type Value } from "./value.ts";
import { newId, readRegister, type WalkContext, writeRegister } from "./walk-context.ts";

/** Where the way goes on, and other states that it splits into. */
export interface Outcome {
  /** `undefined`: the way ends here. */
  readonly next: number | undefined;
  readonly others: readonly { readonly state: State; readonly slot: number }[];
}

const on = (next: number): Outcome => ({ next, others: [] });

/** Does the instruction at the walk's slot. */
export function step(walk: WalkContext): Outcome {
  const { slot, code } = walk;
  const instruction = code.instructions[slot]!;
  const lacking = code.missing.get(slot);
  if (lacking !== undefined) refuse("kernelLacks", `there is no ${lacking}`, "guard it with `exists()`");
  const { opcode } = instruction;
  switch (isa.classOf(opcode)) {
    case isa.classes.alu:
    case isa.classes.alu64:
      arithmetic(walk, instruction);
      return on(slot + 1);
    case isa.classes.ldx:
      load(walk, instruction);
      return on(slot + 1);
    case isa.classes.st:
      storeTo(
        walk,
        placeIn(walk, instruction.dst, instruction.offset, isa.accessSizeOf(opcode)),
        constantScalar(BigInt(instruction.imm), slot),
      );
      return on(slot + 1);
    case isa.classes.stx:
      store(walk, instruction);
      return on(slot + 1);
    case isa.classes.ld:
      return loadWide(walk, instruction);
    default:
      return jump(walk, instruction);
  }
}

function arithmetic(walk: WalkContext, instruction: isa.Instruction): void {
  const { opcode, dst, src, imm } = instruction;
  const { slot } = walk;
  const width: isa.Width = isa.classOf(opcode) === isa.classes.alu64 ? 64 : 32;
  const unary = isa.unaryOperationOf(instruction);
  if (unary !== undefined) {
    const value = readRegister(walk, dst);
    writeRegister(
      walk,
      dst,
      scalarOf(walk, value, (one) => scalar(unaryRange(unary, one.range), slot, [one])),
    );
    return;
  }
  const operation = isa.aluOperationOf(instruction);
  if (operation === undefined) return refuse("instruction", "arenas are not known here", "keep the data in a map");
  const right: Value = isa.usesRegister(opcode) ? readRegister(walk, src) : constantScalar(BigInt(imm), slot);
  if (isa.codeOf(opcode) === isa.mov.code) {
    writeRegister(walk, dst, movedValue(walk, operation, width, right));
    return;
  }
  const left = readRegister(walk, dst);
  if (left.kind === "scalar" && right.kind === "scalar") {
    const sources =
      left === right || (right.sources.length === 0 && !isa.usesRegister(opcode)) ? [left] : [left, right];
    // The same number on both sides leaves nothing.
    const range =
      left === right && (operation === isa.sub || operation === isa.xor)
        ? constantScalar(0n, slot).range
        : arithmeticRange(operation, width, left.range, right.range);
    writeRegister(walk, dst, scalar(range, slot, sources));
    return;
  }
  if (dst === 10) refuse("framePointer", "r10 is the frame pointer and only read", "use another register");
  const moved = pointerArithmetic(
    walk,
    operation,
    width,
    { register: dst, value: left },
    { register: src, value: right },
  );
  writeRegister(walk, dst, moved);
}

/** A copy is the same object: what is found out about one is known of the other. */
function movedValue(walk: WalkContext, operation: isa.AluOperation, width: isa.Width, value: Value): Value {
  const { slot } = walk;
  if (operation === isa.mov && width === 64) return value;
  if (value.kind === "scalar") {
    if (operation === isa.mov && value.range.unsignedMost <= 0xffff_ffffn) return value;
    const range =
      operation === isa.mov ? zeroExtended(value.range) : arithmeticRange(operation, width, value.range, value.range);
    return scalar(range, slot, [value]);
  }
  return unknownScalar(slot, operation === isa.mov ? 4 : 8);
}

/** Arithmetic on one operand. Of an address it gives a number, of which nothing is known. */
function scalarOf(walk: WalkContext, value: Value, work: (value: Scalar) => Scalar): Value {
  if (value.kind === "scalar") return work(value);
  if (value.kind === "pointer") return unknownScalar(walk.slot);
  return refuse("iterator", "an iterator is no number", "leave it to the functions that are for it");
}

function load(walk: WalkContext, instruction: isa.Instruction): void {
  const { opcode, dst, src, offset } = instruction;
  const sizeBytes = isa.accessSizeOf(opcode);
  const value = loadFrom(walk, placeIn(walk, src, offset, sizeBytes));
  if (isa.modeOf(opcode) !== isa.modes.memsx) return writeRegister(walk, dst, value);
  const extension = ({ 1: isa.movsx8, 2: isa.movsx16, 4: isa.movsx32, 8: isa.mov } as const)[sizeBytes];
  const number = value.kind === "scalar" ? value : unknownScalar(walk.slot, sizeBytes);
  writeRegister(walk, dst, scalar(arithmeticRange(extension, 64, number.range, number.range), walk.slot, [number]));
}

function store(walk: WalkContext, instruction: isa.Instruction): void {
  const { opcode, dst, src, offset } = instruction;
  const sizeBytes = isa.accessSizeOf(opcode);
  if (isa.modeOf(opcode) === isa.modes.atomic) return atomicAccess(walk, instruction, sizeBytes);
  const value = readRegister(walk, src);
  storeTo(walk, placeIn(walk, dst, offset, sizeBytes), value);
}

function loadWide(walk: WalkContext, instruction: isa.Instruction): Outcome {
  const { opcode, dst, src } = instruction;
  const { slot } = walk;
  if (opcode !== isa.loadImmediate64) return loadPacket(walk, instruction);
  writeRegister(walk, dst, wideValue(walk, instruction, src));
  return on(slot + 2);
}

function wideValue(walk: WalkContext, instruction: isa.Instruction, source: number): Value {
  const { slot, code } = walk;
  const known = code.maps.get(slot);
  const symbol = code.kernelSymbols.get(slot);
  if (known !== undefined) {
    const { map, reference } = known;
    if (reference.valueOffset === undefined) return pointer({ kind: "map", map }, slot);
    return pointer({ kind: "mapValue", map, id: 0 }, slot, { offset: reference.valueOffset });
  }
  if (symbol !== undefined) {
    return symbol.typed
      ? pointer({ kind: "kernel", typeId: undefined, isWord: false }, slot, { nullId: symbol.weak ? newId(walk) : 0 })
      : unknownScalar(slot);
  }
  switch (source) {
    case isa.pseudoSources.value:
      return constantScalar(isa.immediateOf(instruction), slot);
    case isa.pseudoSources.function:
      return pointer({ kind: "function", slot: slot + 1 + instruction.imm }, slot);
    default:
      return refuse(
        "instruction",
        "this names a map, or a variable, that nothing says more of",
        "name it in the program's references",
      );
  }
}

/** `r0` = bytes of the packet; the program ends where there are none. */
function loadPacket(walk: WalkContext, instruction: isa.Instruction): Outcome {
  const { slot, state, hook } = walk;
  if (!hook.packetLoads)
    refuse("helperHook", `a ${hook.name} program cannot load from packets in this way`, "do this at another hook");
  const context = readRegister(walk, 6);
  if (context.kind !== "pointer" || context.to.kind !== "context") {
    refuse("argument", "r6 must hold what the hook hands over", "copy r1 into it at the beginning");
  }
  if (isa.modeOf(instruction.opcode) === isa.modes.ind)
    scalarOf(walk, readRegister(walk, instruction.src), (one) => one);
  if (state.references.length > 0)
    refuse("reference", "the program may end here, and something was not given back", "give it back first");
  if (state.lock !== undefined) refuse("lock", "the program may end here while a lock is held", "`unlock` first");
  if (state.frames.length > 1)
    refuse("helperHook", "a function cannot load from packets in this way", "do it in the program itself");
  const { registers } = topOf(state);
  for (let register = 1; register <= 5; register++) registers[register] = undefined;
  registers[0] = scalar(loadedRange(isa.accessSizeOf(instruction.opcode)), slot);
  return on(slot + 1);
}

function jump(walk: WalkContext, instruction: isa.Instruction): Outcome {
  const { slot, state } = walk;
  if (isa.isExit(instruction)) return { next: leaveFunction(walk), others: [] };
  if (isa.isCall(instruction)) return call(walk, instruction);
  if (instruction.opcode === isa.callRegisterOpcode) {
    return refuse("instruction", "a call by register is not known here", "call the function by name");
  }
  const target = slot + 1 + isa.jumpDistance(instruction)!;
  if (instruction.opcode === isa.mayGotoOpcode)
    return { next: slot + 1, others: [{ state: copyState(state), slot: target }] };
  if (isa.conditionOf(instruction) === undefined) return on(target);
  const { taken, next } = branch(walk, instruction);
  if (next === undefined) {
    walk.state = taken!;
    return on(target);
  }
  walk.state = next;
  return { next: slot + 1, others: taken === undefined ? [] : [{ state: taken, slot: target }] };
}

function call(walk: WalkContext, { src, imm }: isa.Instruction): Outcome {
  const { slot } = walk;
  if (src === isa.callSources.local) return on(callFunction(walk, slot + 1 + imm));
  if (src === isa.callSources.kernelFunction) {
    const other = callKernel(walk);
    return { next: slot + 1, others: other === undefined ? [] : [{ state: other, slot: slot + 1 }] };
  }
  const callback = callHelper(walk, imm);
  return callback === undefined ? on(slot + 1) : called(walk, callback);
}

/** A helper that calls back: the function may run, or the helper is done. */
function called(walk: WalkContext, callback: CalledBack): Outcome {
  const { slot, state } = walk;
  if (callback.how === "timer") {
    const known = walk.later.some((one) => one.slot === callback.slot);
    if (!known) walk.later.push({ slot: callback.slot, registers: [undefined, ...callback.arguments] });
    return on(slot + 1);
  }
  const inside = copyState(state);
  enterCallback(walk, inside, callback);
  const { registers } = topOf(state);
  for (let register = 1; register <= 5; register++) registers[register] = undefined;
  return { next: slot + 1, others: [{ state: inside, slot: callback.slot }] };
}
