/** A program's code made ready for this sandbox: relocated, its maps filled in, its fields in arrays by slot. */

import { applyRelocations } from "../btf/index.ts";
import { InputError } from "../errors/error.ts";
import { compareExchangeCode, fetchFlag, loadAcquireCode } from "../isa/atomic.ts";
import { callOpcode, callSources } from "../isa/call.ts";
import { decodeProgram } from "../isa/index.ts";
import { classes, type Instruction, loadImmediate64, slotsOf } from "../isa/instruction.ts";
import { modeOf, modes, pseudoSources } from "../isa/memory.ts";
import type { MapReference, ProgramSpec } from "../spec/index.ts";
import { hookKinds } from "../spec/index.ts";
import { type KernelFunction, kernelFunctions } from "./helpers/kernel-functions.ts";
import { helpers } from "./helpers/table.ts";
import { objectIndexes } from "./layout.ts";
import type { Machine } from "./machine.ts";
import type { SandboxMap } from "./maps/map.ts";

/** A linked program. All arrays are by slot; the second slot of a 64-bit load has the opcode 0. */
export interface LinkedProgram {
  readonly spec: ProgramSpec;
  /** Its place among the programs of the sandbox. */
  readonly index: number;
  readonly slotCount: number;
  readonly opcodes: Uint8Array;
  readonly dst: Uint8Array;
  readonly src: Uint8Array;
  readonly offsets: Int32Array;
  readonly immediates: Int32Array;
  /** Upper halves of 64-bit immediates. */
  readonly uppers: Int32Array;
  /** Where functions begin, in order: the program itself at 0, subprograms, callbacks. */
  readonly functions: readonly number[];
  /** The program's own beginning is called, or handed out as a callback, somewhere in it. */
  readonly mainIsCalled: boolean;
  /** Maps that 64-bit loads stand for, by slot. */
  readonly maps: ReadonlyMap<number, SandboxMap>;
  /** Kernel functions that calls stand for, by slot. */
  readonly kernelFunctions: ReadonlyMap<number, KernelFunction>;
  /** What is not here, by the slot that needs it. */
  readonly missing: ReadonlyMap<number, string>;
  /** Loads through a pointer that leads nowhere give 0. */
  readonly readsKernelMemory: boolean;
}

/** Types of programs that read kernel structures by plain loads. */
const readingTypes: ReadonlySet<string> = new Set(["tracing", "lsm", "structOps"]);

/** Links `program`. Throws `InputError` for code that is none, and for helpers that the sandbox does not have. */
export function linkProgram(
  program: ProgramSpec,
  index: number,
  machine: Machine,
  map: (name: string) => SandboxMap,
): LinkedProgram {
  const { code, missing } = applyRelocations(program, machine.btf, machine.btf);
  const slotCount = code.byteLength / 8;
  if (slotCount === 0) throw new InputError("SANDBOX_EMPTY", `${program.name} has no instructions: give it an exit`);
  const absent = new Map(missing);
  const functionsBySlot = new Map(program.kernelFunctions?.map((reference) => [reference.slot, reference]));
  const calls = new Map<number, KernelFunction>();
  const arrays = {
    opcodes: new Uint8Array(slotCount),
    dst: new Uint8Array(slotCount),
    src: new Uint8Array(slotCount),
    offsets: new Int32Array(slotCount),
    immediates: new Int32Array(slotCount),
    uppers: new Int32Array(slotCount),
  };
  let mainIsCalled = false;
  const functions = new Set([0, ...program.functions.map((info) => info.slot)]);
  let slot = 0;
  for (const instruction of decodeProgram(code)) {
    const { opcode, dst, src, offset, imm, immHigh } = instruction;
    arrays.opcodes[slot] = opcode;
    arrays.dst[slot] = dst;
    arrays.src[slot] = src;
    arrays.offsets[slot] = offset;
    arrays.immediates[slot] = imm;
    arrays.uppers[slot] = immHigh;
    if (writesFramePointer(instruction)) {
      throw new InputError(
        "SANDBOX_FRAME_POINTER",
        `${program.name}, instruction ${slot}: r10 is the frame pointer and may not be written`,
      );
    }
    if (opcode === loadImmediate64 && src === pseudoSources.function) {
      functions.add(slot + 1 + imm);
      arrays.immediates[slot] = slot + 1 + imm;
      arrays.uppers[slot] = machine.objects.handle(objectIndexes.functions);
    } else if (opcode === callOpcode && src === callSources.local) {
      functions.add(slot + 1 + imm);
    } else if (opcode === callOpcode && src === callSources.kernelFunction) {
      const reference = functionsBySlot.get(slot);
      const found = reference && kernelFunctions.get(reference.name);
      if (found !== undefined) calls.set(slot, found);
      else if (reference?.weak === true) absent.set(slot, `the kernel function ${reference.name}`);
      else throw unknown(program, slot, `the kernel function ${reference?.name ?? imm}`);
    } else if (opcode === callOpcode && src === callSources.helper && !absent.has(slot) && !helpers.has(imm)) {
      if (imm !== tailCall) throw unknown(program, slot, `the helper ${imm}`);
    }
    const isFunction = opcode === loadImmediate64 && src === pseudoSources.function;
    const isLocalCall = opcode === callOpcode && src === callSources.local;
    if ((isFunction || isLocalCall) && slot + 1 + imm === 0) mainIsCalled = true;
    slot += slotsOf(instruction);
  }
  for (const reference of program.kernelSymbols ?? []) {
    if (!reference.weak) throw unknown(program, reference.slot, `the kernel symbol ${reference.name}`);
  }
  const maps = new Map<number, SandboxMap>();
  for (const reference of program.maps) {
    const found = map(reference.map);
    maps.set(reference.slot, found);
    fillMap(arrays, reference, found, machine);
  }
  return {
    spec: program,
    index,
    slotCount,
    ...arrays,
    functions: [...functions].sort((one, other) => one - other),
    mainIsCalled,
    maps,
    kernelFunctions: calls,
    missing: absent,
    readsKernelMemory: readingTypes.has(hookKinds[program.hook.kind]?.program),
  };
}

function writesFramePointer({ opcode, dst, src, imm }: Instruction): boolean {
  const kind = opcode & 7;
  if (kind === classes.stx && modeOf(opcode) === modes.atomic) {
    if (imm === loadAcquireCode) return dst === 10;
    return (imm & fetchFlag) !== 0 && imm !== compareExchangeCode && src === 10;
  }
  return (
    (opcode === loadImmediate64 || kind === classes.ldx || kind === classes.alu || kind === classes.alu64) && dst === 10
  );
}

/** The helper that only programs themselves can carry out. */
export const tailCall = 12;

function fillMap(
  { immediates, uppers, src }: Pick<LinkedProgram, "immediates" | "uppers" | "src">,
  { slot, valueOffset }: MapReference,
  map: SandboxMap,
  machine: Machine,
): void {
  if (valueOffset === undefined) {
    immediates[slot] = map.address;
    uppers[slot] = machine.objects.handle(map.index);
    src[slot] = pseudoSources.mapFd;
    return;
  }
  if (map.place?.kind !== "array") {
    throw new InputError("SANDBOX_MAP_VALUE", `${map.spec.name} is no array: code cannot name a place in its value`);
  }
  immediates[slot] = map.place.firstAddress + valueOffset;
  uppers[slot] = machine.objects.handle(map.place.objects.firstIndex);
  src[slot] = pseudoSources.mapValue;
}

function unknown({ name }: ProgramSpec, slot: number, what: string): InputError {
  return new InputError(
    "SANDBOX_UNKNOWN_CALL",
    `${name}, instruction ${slot}: the sandbox does not have ${what}; docs/sandbox-helpers.md lists those that it has`,
  );
}
