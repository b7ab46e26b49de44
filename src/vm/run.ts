/** One run of a program: its context and packet laid out, the program and those it tail-calls carried out, what it left read back. */

import { BugError, InputError } from "../errors/error.ts";
import type { TestRunInput } from "../spec/index.ts";
import type { WritableContext } from "./contexts.ts";
import { describeAddress } from "./describe.ts";
import { type Fault, faultKindOf, placeOf, SandboxFault } from "./faults.ts";
import { decodeSlots } from "./interpreter/decode.ts";
import { interpret } from "./interpreter/interpret.ts";
import { cells, contextAt, contextCapacityBytes, objectIndexes } from "./layout.ts";
import type { LinkedProgram } from "./link.ts";
import type { Machine, RunningProgram } from "./machine.ts";

/** How a program's functions are carried out: interpreted, or as WebAssembly. */
export interface Executable {
  readonly linked: LinkedProgram;
  /** Runs the function at `slot`; false when it faulted. */
  call(slot: number): boolean;
  /** Runs the program on many packets, or often, without coming back in between; only compiled programs can. */
  readonly loops?: ProgramLoops;
}

/** Loops around a compiled program. They end early when the status says that it faulted. */
export interface ProgramLoops {
  /** Runs it so many times on what is in place; how many it did. */
  repeat(count: number, limit: number): number;
  /** Runs it on each packet of a batch (batch.ts), all by linear addresses; how many it did. */
  batch(descriptors: number, count: number, results: number, limit: number): number;
}

/** The executable that interprets. */
export function interpreted(machine: Machine, linked: LinkedProgram): Executable {
  const code = decodeSlots(linked);
  return { linked, call: (slot) => interpret(machine, linked, code, slot) };
}

/** Puts the context where programs find it; r1 points to it. It is `leastBytes` long at least, with zeros behind what is given. */
export function placeContext(machine: Machine, context: Uint8Array, writable: WritableContext, leastBytes = 0): void {
  const { byteLength } = context;
  const wholeBytes = Math.max(byteLength, leastBytes);
  if (wholeBytes > contextCapacityBytes) {
    throw new InputError(
      "SANDBOX_CONTEXT",
      `a context of ${wholeBytes} bytes does not fit the sandbox's ${contextCapacityBytes}`,
    );
  }
  machine.u8.set(context, contextAt);
  machine.u8.fill(0, contextAt + byteLength, contextAt + wholeBytes);
  machine.objects.place(objectIndexes.context, contextAt, wholeBytes, Math.min(wholeBytes, writable.frontBytes));
  machine.i32[cells.writableFrom >> 2] = contextAt + writable.member[0];
  machine.i32[cells.writableTo >> 2] = contextAt + writable.member[1];
  machine.i32[cells.contextBytes >> 2] = byteLength;
}

/** Clears what the last run left, and puts the arguments into the registers: r1 the context, r2 `argument`. */
export function prepare(machine: Machine, program: Executable, limit: number, argument: number): void {
  const { i32 } = machine;
  machine.objects.settle();
  i32[cells.status >> 2] = 0;
  i32[cells.fuel >> 2] = limit;
  i32[cells.depth >> 2] = 0;
  i32[cells.nextProgram >> 2] = 0;
  i32[cells.processor >> 2] = machine.surroundings.processor;
  begin(machine, program, argument);
}

function begin(machine: Machine, program: Executable, argument: number): void {
  const { i32, registers } = machine;
  i32[cells.faultSlot >> 2] = -1;
  registers.fill(0);
  registers[2] = contextAt;
  registers[3] = machine.objects.handle(objectIndexes.context);
  registers[4] = argument;
  machine.running = runningProgram(program);
}

/**
 * Runs a program, and whatever it tail-calls, on the context and packet that are in place. r0 is in the registers.
 * Throws `SandboxFault` when it does what it may not.
 */
export function execute(
  machine: Machine,
  first: Executable,
  programs: readonly Executable[],
  limit: number,
  argument = 0,
): void {
  const { i32 } = machine;
  const outer = machine.running;
  let program = first;
  prepare(machine, first, limit, argument);
  try {
    for (;;) {
      const before = i32[cells.nextProgram >> 2]!;
      if (!program.call(0)) throwFault(machine, program.linked);
      const next = i32[cells.nextProgram >> 2]!;
      if (next === before) return;
      const following = programs[(next & 0xffff) - 1];
      if (following === undefined) throw new BugError("SANDBOX_TAIL_CALL", `there is no program ${next & 0xffff}`);
      program = following;
      begin(machine, program, argument);
    }
  } finally {
    machine.running = outer;
  }
}

function runningProgram({ linked, call }: Executable): RunningProgram {
  return { name: linked.spec.name, index: linked.index, hook: linked.spec.hook.kind, call };
}

/** Throws what the cells say of the run that just ended. */
export function throwFault(machine: Machine, linked: LinkedProgram): never {
  const { i32, view } = machine;
  const slot = i32[cells.faultSlot >> 2]!;
  const kind = faultKindOf(i32[cells.status >> 2]!);
  if (kind === undefined) throw new BugError("SANDBOX_STATUS", `${linked.spec.name} ended without saying why`);
  const address = view.getBigUint64(cells.faultAddress, true);
  const detail =
    kind === "argument"
      ? machine.complaint
      : kind === "missing"
        ? (linked.missing.get(slot) ?? "an instruction")
        : describeAddress(machine, address);
  const fault: Fault = { kind, slot, address, sizeBytes: i32[cells.faultBytes >> 2]!, detail };
  const found = placeOf(linked.spec, slot, (offset) => machine.btf.string(offset));
  throw new SandboxFault(linked.spec.name, found?.place, fault, found && `  ${found.line}`);
}

/** A `TestRunInput`'s context as bytes. */
export function contextBytes(context: TestRunInput["context"]): Uint8Array {
  if (context === undefined) return new Uint8Array();
  if (context instanceof Uint8Array) return context;
  return new Uint8Array(BigInt64Array.from(context.map((value) => BigInt.asIntN(64, value))).buffer);
}
