/** Calls of compiled programs: look-ups and other hot helpers stay inside; the rest goes to the host through the machine's registers. */

import { callRegisterOpcode, callSources } from "../../isa/call.ts";
import { helperIds } from "../../isa/helpers.ts";
import { cells, frameBytes, objectIndexes, registersAt } from "../layout.ts";
import { tailCall } from "../link.ts";
import { emitCheck, forgetFamilies } from "./access.ts";
import { cell, checkKinds } from "./check.ts";
import { clearArguments, emitHostCall, emitIfFaulted, storeArguments } from "./host-calls.ts";
import { emitLoop } from "./loop-call.ts";
import { emitFailure, emitFault, emitMeter, emitMissing, loadFuel, type Translation } from "./translation.ts";
import { freesObjects, type Value } from "./value.ts";

/** Names of host functions, as modules import them. */
export const hostNames = {
  helper: (id: number) => `helper${id}`,
  kernelFunction: (slot: number) => `function${slot}`,
  tailCall: "tailCall",
  callRegister: "callRegister",
  callHelper: "callHelper",
  loadPacket: "loadPacket",
} as const;

/** Emits the call at `slot`. */
export function emitCall(translation: Translation, slot: number): void {
  const { program } = translation;
  if (program.opcodes[slot] === callRegisterOpcode) return emitRegisterCall(translation, slot);
  const target = slot + 1 + program.immediates[slot]!;
  if (program.src[slot] === callSources.local) return emitLocalCall(translation, slot, target);
  if (program.missing.has(slot)) return emitMissing(translation, slot);
  emitMeter(translation, 1, slot);
  if (program.src[slot] === callSources.kernelFunction) {
    emitHostCall(translation, slot, hostNames.kernelFunction(slot));
  } else if (program.immediates[slot] === tailCall) return emitTailCall(translation, slot);
  else if (!emitInside(translation, slot)) {
    emitHostCall(translation, slot, hostNames.helper(program.immediates[slot]!));
  }
  clearArguments(translation);
  if (freesObjects(program, slot)) forgetFamilies(translation);
}

/** Helpers that are carried out here; false where the host must be asked. */
function emitInside(translation: Translation, slot: number): boolean {
  const { program, out, locals, values, indexes } = translation;
  const id = program.immediates[slot]!;
  const r0 = locals.registers[0]!;
  if (id === helperIds.bpf_get_smp_processor_id) {
    out.i32(0);
    out.memory("i64.load32_u", cells.processor);
    out.set(r0);
    return true;
  }
  if (id === helperIds.bpf_loop) return emitLoop(translation, slot);
  if (id !== helperIds.bpf_map_lookup_elem) return false;
  const [map, key] = values.calls.get(slot) as [Value, Value];
  if (map.kind !== "map") return false;
  const lookup = indexes.lookups.get(map.map.spec.name);
  if (lookup === undefined) return false;
  const { keySizeBytes } = map.map.spec;
  const isInFrame = key.kind === "frame" && key.offset >= -512 && key.offset + keySizeBytes <= 0;
  if (isInFrame) {
    out.get(locals.frame);
    out.i32(frameBytes + key.offset);
    out.op("i32.add");
    out.call(lookup);
    out.set(r0);
    return true;
  }
  const pushKey = () => {
    out.get(locals.registers[2]!);
    out.op("i32.wrap_i64");
    out.call(lookup);
    out.set(r0);
  };
  if (translation.tier === "verified") {
    pushKey();
    return true;
  }
  // A key that is not where it should be is for the host to complain of.
  out.get(locals.registers[2]!);
  out.set(locals.pointer);
  emitCheck(translation, slot, keySizeBytes, checkKinds.quiet);
  out.if();
  pushKey();
  out.op("else");
  emitHostCall(translation, slot, hostNames.helper(id));
  out.close();
  return true;
}

function emitLocalCall(translation: Translation, slot: number, target: number): void {
  const { out, locals, indexes } = translation;
  emitMeter(translation, 1, slot);
  out.get(locals.depth);
  out.i32(1);
  out.op("i32.add");
  out.i32(0);
  out.memory("i32.load", cells.depthLimit);
  out.op("i32.ge_s");
  out.if();
  emitFault(translation, "depth", slot);
  out.close();
  cell(out, cells.fuel, () => out.get(locals.fuel));
  for (let register = 1; register <= 5; register++) out.get(locals.registers[register]!);
  out.get(locals.frame);
  out.i32(frameBytes);
  out.op("i32.add");
  out.get(locals.depth);
  out.i32(1);
  out.op("i32.add");
  out.call(indexes.functions.get(target)!);
  out.set(locals.registers[0]!);
  emitIfFaulted(translation);
  loadFuel(translation);
  clearArguments(translation);
  forgetFamilies(translation);
}

/** By register: a function's address, or the number of a helper, which the host looks up. */
function emitRegisterCall(translation: Translation, slot: number): void {
  const { program, out, locals } = translation;
  const register = locals.registers[program.dst[slot]!]!;
  const done = out.block();
  for (const target of program.functions) {
    out.get(register);
    out.i64(target, objectIndexes.functions);
    out.op("i64.eq");
    out.if();
    emitLocalCall(translation, slot, target);
    out.br(done);
    out.close();
  }
  out.i32(0);
  out.get(register);
  out.memory("i64.store", cells.faultAddress);
  // What is no helper's number is told of before anything is counted, as the interpreter does.
  out.call(translation.indexes.host.get(hostNames.callRegister)!);
  out.op("i32.eqz");
  out.if();
  emitFault(translation, "notCallable", slot);
  out.close();
  emitMeter(translation, 1, slot);
  emitHostCall(translation, slot, hostNames.callHelper);
  clearArguments(translation);
  forgetFamilies(translation);
  out.close();
}

function emitTailCall(translation: Translation, slot: number): void {
  const { out, locals, indexes, values, tier } = translation;
  storeArguments(translation);
  cell(out, cells.fuel, () => out.get(locals.fuel));
  out.get(locals.depth);
  out.call(indexes.host.get(hostNames.tailCall)!);
  out.if();
  if (values.frameEscapes && tier === "exact") {
    out.get(locals.depth);
    out.call(indexes.closeFrame);
  }
  emitFailure(translation);
  out.close();
  emitIfFaulted(translation, () => cell(out, cells.faultSlot, () => out.i32(slot)));
  out.i32(0);
  out.memory("i64.load", registersAt);
  out.set(locals.registers[0]!);
  clearArguments(translation);
  forgetFamilies(translation);
}
