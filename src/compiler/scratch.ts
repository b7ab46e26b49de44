/**
 * Pass 6, scratch: what a program keeps on its stack and does not fit there moves to memory of its own, one piece for each CPU. That is
 * safe where the kernel does not run a program on a CPU on which it is running already: another run would write to it.
 */

import { bytes } from "../bytes/index.ts";
import * as isa from "../isa/index.ts";
import type { HookFunctionName } from "../program/hook-table.ts";
import type { MapEntity, ProgramEntity } from "./entity.ts";
import { frameBytes, frameSizeOf } from "./frame.ts";
import { type Block, isInline, type Operation, type Routine, successors, type Value } from "./ir.ts";
import { analyzeLiveness } from "./liveness.ts";

/** Hooks whose programs are not run again inside of themselves (`prog->active`, `bpf_prog_active`, NAPI). */
const notReentered: ReadonlySet<HookFunctionName> = new Set([
  ...(["tpBtf", "rawTracepoint", "fentry", "fexit", "modifyReturn", "tracepoint"] as const),
  ...(["kprobe", "kretprobe", "kprobeMulti", "kretprobeMulti", "perfEvent", "xdp"] as const),
]);

/** Left on the stack for values that find no register. */
const reserveBytes = 64;
/** The most that a value for each CPU may have (`PCPU_MIN_UNIT_SIZE`). */
const mostBytes = 32 * 1024;
/** Smaller regions stay: keys and single values. */
const smallestBytes = 32;

/** Moves the largest regions of a program away from a stack that is too small; the map they are in then, if any were. */
export function moveToScratch(routine: Routine, program: ProgramEntity): MapEntity | undefined {
  if (routine.role.kind !== "program" || !notReentered.has(program.hook)) return undefined;
  if (frameSizeOf(routine, analyzeLiveness(routine)) + reserveBytes <= frameBytes) return undefined;
  const moved = routine.blocks
    .flatMap(({ body }) => body)
    .filter(({ op }) => op.kind === "frame" && op.sizeBytes >= smallestBytes)
    .sort((one, other) => sizeOf(other) - sizeOf(one));
  let sizeBytes = 0;
  const offsets = new Map<Value, number>();
  for (const region of moved) {
    offsets.set(region, sizeBytes);
    sizeBytes += Math.ceil(sizeOf(region) / 8) * 8;
  }
  if (sizeBytes === 0 || sizeBytes > mostBytes) return undefined;
  const map: MapEntity = {
    kind: "map",
    name: `scratch_${program.name}`,
    type: "perCpuArray",
    value: bytes(sizeBytes),
    maxEntries: 1,
    mmapable: false,
    place: program.place,
  };
  const base = lookUpFirst(routine, map);
  for (const [region, offset] of offsets) {
    const distance: Value = make(routine, { kind: "constant", value: BigInt(offset) }, [], region);
    routine.blocks[0]!.body.unshift(distance);
    region.op = { kind: "alu", alu: isa.add, width: 64, nonNull: true };
    region.operands.push(base, distance);
  }
  return map;
}

function sizeOf({ op }: Value): number {
  return op.kind === "frame" ? op.sizeBytes : 0;
}

function make(routine: Routine, op: Operation, operands: Value[], { place }: Pick<Value, "place">): Value {
  return { id: routine.nextId++, op, operands, place };
}

/** What arrives in registers, which the look-up overwrites, and what is part of the instructions that use it. */
function comesFirst(value: Value): boolean {
  const { kind } = value.op;
  return kind === "argument" || kind === "context" || (isInline(value) && kind !== "frame");
}

/** Has the routine look up the only entry of `map` before all else; without it, which never is, the program ends. */
function lookUpFirst(routine: Routine, map: MapEntity): Value {
  const entry = routine.blocks[0]!;
  const at = { place: routine.place };
  const key = make(routine, { kind: "frame", sizeBytes: 4 }, [], at);
  const zero = make(routine, { kind: "constant", value: 0n }, [], at);
  const reference = make(routine, { kind: "map", map: map.name }, [], at);
  const store = make(routine, { kind: "store", sizeBytes: 4, offset: 0 }, [key, zero], at);
  const found = make(routine, { kind: "call", helper: "bpf_map_lookup_elem" }, [reference, key], at);

  const rest: Block = {
    id: routine.nextId++,
    phis: [],
    body: entry.body.filter((value) => !comesFirst(value)),
    predecessors: [entry],
    ...(entry.end && { end: entry.end }),
  };
  for (const next of successors(rest)) next.predecessors[next.predecessors.indexOf(entry)] = rest;
  const none: Block = {
    id: routine.nextId++,
    phis: [],
    body: [],
    predecessors: [entry],
    end: { kind: "return", operands: [zero], place: routine.place },
  };
  entry.body = [...entry.body.filter(comesFirst), ...[key, zero, reference, store, found]];
  entry.end = {
    kind: "branch",
    condition: isa.jne,
    width: 64,
    operands: [found, zero],
    then: rest,
    otherwise: none,
    place: routine.place,
  };
  routine.blocks.splice(1, 0, rest, none);
  return found;
}
