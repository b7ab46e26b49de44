/** Calls of functions of the kernel: iterators over numbers, and others by their declaration in the collection's BTF. */

import { skipModifiers } from "../../btf/index.ts";
import { release } from "./calls.ts";
import { refuse } from "./refusal.ts";
import { keptSlot, type StackSlot, slotOf } from "./stack.ts";
import { checkStackBounds } from "./stack-access.ts";
import { copyState, replaceIterator, type State, topOf } from "./state.ts";
import { constantScalar, type Iterator, type Pointer, pointer, unknownScalar, type Value } from "./value.ts";
import { kindInWords, nameOf, newId, readRegister, type WalkContext } from "./walk-context.ts";

/** Functions whose result must be given back, and those that take it back. */
const takers: ReadonlySet<string> = new Set([
  "bpf_task_acquire",
  "bpf_task_from_pid",
  "bpf_task_from_vpid",
  "bpf_cgroup_acquire",
  "bpf_cgroup_ancestor",
  "bpf_cgroup_from_id",
]);
const releasers: ReadonlySet<string> = new Set(["bpf_task_release", "bpf_cgroup_release"]);
export const nextNumber = "bpf_iter_num_next";

/** A call at the walk's slot. Gives the other state where there are two: of an iterator that went on. */
export function callKernel(walk: WalkContext): State | undefined {
  const reference = walk.code.kernelFunctions.get(walk.slot);
  if (reference === undefined) {
    return refuse(
      "kernelFunction",
      "this calls a function of the kernel that nothing names",
      "name it in the program's kernelFunctions",
    );
  }
  const { name } = reference;
  if (walk.state.lock !== undefined) refuse("lock", `${name} is called while a lock is held`, "`unlock` first");
  const other = name.startsWith("bpf_iter_num_") ? callIterator(walk, name) : callDeclared(walk, name);
  for (const state of other === undefined ? [walk.state] : [walk.state, other]) {
    const { registers } = topOf(state);
    for (let register = 1; register <= 5; register++) registers[register] = undefined;
  }
  return other;
}

/** Where on the stack an iterator is, or shall be. */
function iteratorPlace(walk: WalkContext): { readonly stack: (StackSlot | undefined)[]; readonly index: number } {
  const value = readRegister(walk, 1);
  if (value.kind !== "pointer" || value.to.kind !== "stack" || value.variable !== undefined || value.offset % 8 !== 0) {
    return refuse(
      "iterator",
      `${nameOf(walk, value, 1)} is ${kindInWords(value)} here, where a place on the stack for an iterator is wanted`,
    );
  }
  checkStackBounds(walk, { pointer: value, register: 1, offset: value.offset, sizeBytes: 8 }, value.to.frame);
  return { stack: walk.state.frames[value.to.frame]!.stack, index: slotOf(value.offset) };
}

function callIterator(walk: WalkContext, name: string): State | undefined {
  const { state, slot } = walk;
  const { stack, index } = iteratorPlace(walk);
  const found = stack[index]?.value;
  const { registers } = topOf(state);
  if (name === "bpf_iter_num_new") {
    if (found?.kind === "iterator") refuse("iterator", "an iterator is already here", "end it first");
    for (const register of [2, 3]) {
      const value = readRegister(walk, register);
      if (value.kind !== "scalar")
        refuse("argument", `${nameOf(walk, value, register)} is ${kindInWords(value)} here, where a number is wanted`);
    }
    const id = newId(walk);
    state.references = [...state.references, { id, what: "iterator", slot }];
    const iterator: Iterator = { kind: "iterator", madeAt: slot, reference: id, turns: 0, ended: false };
    stack[index] = keptSlot(iterator, 8, undefined);
    registers[0] = unknownScalar(slot);
    return undefined;
  }
  if (found?.kind !== "iterator")
    return refuse("iterator", "no iterator was begun here", "begin it with `bpf_iter_num_new`");
  if (name === nextNumber) return nextOf(walk, found);
  stack[index] = undefined;
  state.references = state.references.filter(({ id }) => id !== found.reference);
  registers[0] = unknownScalar(slot);
  return undefined;
}

/** The next number, or the end. */
function nextOf(walk: WalkContext, iterator: Iterator): State | undefined {
  const { state, slot } = walk;
  topOf(state).registers[0] = constantScalar(0n, slot);
  if (iterator.ended) return undefined;
  const goesOn = copyState(state);
  replaceIterator(state, iterator.reference, { ...iterator, ended: true });
  replaceIterator(goesOn, iterator.reference, { ...iterator, turns: iterator.turns + 1 });
  const box = { kind: "memory", name: "an iterator's number", sizeBytes: 4, writable: false } as const;
  topOf(goesOn).registers[0] = pointer(box, slot);
  return goesOn;
}

/** A function as the collection declares it: numbers, and structures of the kernel. */
function callDeclared(walk: WalkContext, name: string): undefined {
  const { types, state, slot } = walk;
  const id = types?.find(name, "func");
  const declared = id === undefined ? undefined : types!.type(id);
  const prototype = declared?.kind === "func" ? types!.type(declared.type) : undefined;
  if (types === undefined || prototype?.kind !== "funcProto") {
    return refuse("kernelFunction", `the function ${name} of the kernel is not known here`, "declare it");
  }
  const given: Value[] = prototype.parameters.map((parameter, index) => {
    const value = readRegister(walk, index + 1);
    const isPointer = skipModifiers(types, parameter.type).type.kind === "ptr";
    checkDeclared(walk, value, index + 1, isPointer);
    return value;
  });
  if (releasers.has(name)) {
    const { reference } = given[0] as Pointer;
    if (reference === 0)
      refuse("reference", `${nameOf(walk, given[0], 1)} was not taken`, "give back only what was taken");
    release(walk, reference);
  }
  topOf(state).registers[0] = resultOf(walk, name, prototype.returns, slot);
  return undefined;
}

function checkDeclared(walk: WalkContext, value: Value, register: number, isPointer: boolean): void {
  if (!isPointer) {
    if (value.kind === "scalar" || (value.kind === "pointer" && value.to.kind === "kernel")) return;
    refuse("argument", `${nameOf(walk, value, register)} is ${kindInWords(value)} here, where a number is wanted`);
  }
  const isKernel = value.kind === "pointer" && (value.to.kind === "kernel" || value.to.kind === "socket");
  if (!isKernel) {
    refuse(
      "argument",
      `${nameOf(walk, value, register)} is ${kindInWords(value)} here, where a structure of the kernel is wanted`,
    );
  }
  if ((value as Pointer).nullId !== 0) {
    refuse(
      "mayBeNull",
      `${nameOf(walk, value, register)} may be null`,
      "compare it with null first: `if (value === null) return;`",
    );
  }
}

function resultOf(walk: WalkContext, name: string, returns: number, slot: number): Value | undefined {
  const { types, state } = walk;
  const { type } = skipModifiers(types!, returns);
  if (type.kind === "void") return undefined;
  if (type.kind !== "ptr") return unknownScalar(slot);
  const id = newId(walk);
  const reference = takers.has(name) ? id : 0;
  if (reference !== 0) state.references = [...state.references, { id, what: "object", slot }];
  const typeId = skipModifiers(types!, type.type).id;
  return pointer({ kind: "kernel", typeId, isWord: false }, slot, { nullId: id, reference });
}
