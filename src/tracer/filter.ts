/**
 * The seccomp filter of a traced command, in classic BPF: it stops at the calls of `tracedCalls` (`SECCOMP_RET_TRACE`, with
 * the call's place in the table), refuses io_uring, whose transfers are no calls, and lets everything else pass.
 * Its packet is `struct seccomp_data`: number, architecture, instruction pointer, six arguments.
 */

import {
  assembleClassic,
  type ClassicInstruction,
  type ClassicLabel,
  type ClassicStatement,
  loadPacketAt,
  returnConstant,
} from "../isa/classic/index.ts";
import { type ArgumentTest, callNumber, type TracedMachine, tracedCalls, youngCalls } from "./calls.ts";
import { errno } from "./ptrace.ts";

/** What a filter can answer (`linux/seccomp.h`). */
export const verdict = { allow: 0x7fff_0000, trace: 0x7ff0_0000, errno: 0x0005_0000 } as const;

const numberAt = 0;
const architectureAt = 4;
/** The low half of an argument, on little-endian machines. */
const argumentAt = (index: number) => 16 + 8 * index;

/** The filter for a machine. Calls of other architectures pass unseen: their numbers are other ones. */
export function traceFilter(machine: TracedMachine): ClassicInstruction[] {
  const allow: ClassicLabel = { name: "allow" };
  const refuse: ClassicLabel = { name: "refuse" };
  const native: ClassicLabel = { name: "native" };
  const rows = tracedCalls
    .map((call, index) => ({ call, index, number: callNumber(call, machine), place: { name: call.name } }))
    .filter(({ number }) => number >= 0)
    .sort((one, other) => one.number - other.number);
  const leaves = [
    ...rows.map(({ number, place }) => ({ number, place: place as ClassicLabel })),
    { number: youngCalls.io_uring_setup, place: refuse },
  ].sort((one, other) => one.number - other.number);
  return assembleClassic([
    loadPacketAt(4, architectureAt),
    { condition: "jeq", operand: machine.audit, whenTrue: native, whenFalse: allow },
    { label: native },
    loadPacketAt(4, numberAt),
    ...search(leaves, allow),
    ...rows.flatMap(({ call, index, place }) => [
      { label: place },
      ...(call.when ?? []).flatMap((test) => argumentTest(test, allow)),
      returnConstant(verdict.trace | index),
    ]),
    { label: refuse },
    returnConstant(verdict.errno | errno.noCall),
    { label: allow },
    returnConstant(verdict.allow),
  ]);
}

/** Halves the sorted numbers until one is left: few comparisons, as every call of the command pays for them. */
function search(
  leaves: readonly { readonly number: number; readonly place: ClassicLabel }[],
  otherwise: ClassicLabel,
): ClassicStatement[] {
  const [only] = leaves;
  if (only === undefined) return [{ jump: otherwise }];
  if (leaves.length === 1) {
    return [{ condition: "jeq", operand: only.number, whenTrue: only.place, whenFalse: otherwise }];
  }
  const middle = leaves.length >> 1;
  const [low, high]: ClassicLabel[] = [{ name: `below ${leaves[middle]!.number}` }, { name: "from there on" }] as const;
  return [
    { condition: "jge", operand: leaves[middle]!.number, whenTrue: high!, whenFalse: low! },
    { label: low! },
    ...search(leaves.slice(0, middle), otherwise),
    { label: high! },
    ...search(leaves.slice(middle), otherwise),
  ];
}

function argumentTest({ argument, values, bits }: ArgumentTest, otherwise: ClassicLabel): ClassicStatement[] {
  const passed: ClassicLabel = { name: "passed" };
  const load = loadPacketAt(4, argumentAt(argument));
  if (bits !== undefined) {
    return [load, { condition: "jset", operand: bits, whenTrue: passed, whenFalse: otherwise }, { label: passed }];
  }
  const tests = (values ?? []).flatMap((value): ClassicStatement[] => {
    const next: ClassicLabel = { name: `not ${value}` };
    return [{ condition: "jeq", operand: value, whenTrue: passed, whenFalse: next }, { label: next }];
  });
  return [load, ...tests, { jump: otherwise }, { label: passed }];
}
