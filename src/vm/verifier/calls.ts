/** Calls of helpers: the arguments are checked by the prototype, one by one, and the result follows from it. */

import { type HelperName, helperName } from "../../isa/index.ts";
import { type MapSpec, mapFlags } from "../../spec/index.ts";
import { type Arguments, checkArgument } from "./arguments.ts";
import { structOf } from "./kernel-types.ts";
import { type Prototype, prototypes, type ResultRule } from "./prototypes.ts";
import { signedRange } from "./range.ts";
import { refuse } from "./refusal.ts";
import { byteStates, fillBytes } from "./stack.ts";
import { replacePointers, topOf } from "./state.ts";
import { type Pointer, pointer, scalar, unknownScalar, type Value } from "./value.ts";
import { newId, readRegister, type WalkContext } from "./walk-context.ts";

/** What a call leaves to whoever walks: a function that is called back. */
export interface CalledBack {
  readonly how: "loop" | "element" | "timer";
  readonly slot: number;
  readonly arguments: readonly Value[];
}

/** A call of the helper `id`. Gives the callback that it makes, if it makes one. */
export function callHelper(walk: WalkContext, id: number): CalledBack | undefined {
  const name = helperName(id) as HelperName | undefined;
  const prototype = name && prototypes[name];
  if (name === undefined || prototype === undefined) {
    return refuse("helperUnknown", `the helper ${name ?? `number ${id}`} is not known here`, "use another one");
  }
  checkAllowed(walk, name, prototype);
  checkLockRules(walk, name);
  const given: Arguments = {
    name,
    values: [],
    map: undefined,
    recordBytes: 0,
    outputs: [],
    released: 0,
    functionSlot: -1,
  };
  prototype.takes.forEach((rule, index) => {
    const value = readRegister(walk, index + 1);
    given.values.push(value);
    checkArgument(walk, given, prototype, rule, { register: index + 1, value });
  });
  checkMapOfCall(given, prototype);
  changeLock(walk, given);
  for (const { frame, offset, sizeBytes } of given.outputs) {
    fillBytes(walk.state.frames[frame]!.stack, offset, sizeBytes, byteStates.any);
  }
  if (given.released !== 0) release(walk, given.released);
  if (prototype.changesPacket) forgetPackets(walk);
  const callback = calledBack(walk, given, prototype);
  const result = resultOf(walk, given, prototype.gives);
  const { registers } = topOf(walk.state);
  // A function that is called back comes back to the call, which finds its arguments again.
  if (callback === undefined || callback.how === "timer")
    for (let register = 1; register <= 5; register++) registers[register] = undefined;
  registers[0] = result;
  return callback;
}

function checkAllowed({ hook, isGpl }: WalkContext, name: HelperName, { gpl }: Prototype): void {
  if (hook.helpers !== "all" && !hook.helpers.has(name)) {
    refuse("helperHook", `a ${hook.name} program cannot call ${name}`, "do this at another hook");
  }
  if (gpl && !isGpl) {
    refuse(
      "license",
      `only programs under the GPL may call ${name}`,
      'give the collection a compatible licence: `license: "Dual MIT/GPL"`',
    );
  }
}

const lockRemedy = "work out the value first, then `lock`, write it, `unlock`";

function checkLockRules({ state }: WalkContext, name: HelperName): void {
  if (state.lock === undefined) return;
  if (name === "bpf_spin_lock") refuse("lock", "a lock is already held here", lockRemedy);
  if (name !== "bpf_spin_unlock") refuse("lock", `${name} is called while a lock is held`, lockRemedy);
}

function changeLock({ state, slot }: WalkContext, { name, values }: Arguments): void {
  if (name !== "bpf_spin_lock" && name !== "bpf_spin_unlock") return;
  const { to } = values[0] as Pointer;
  if (to.kind !== "mapValue") return;
  if (name === "bpf_spin_lock") {
    state.lock = { map: to.map, id: to.id, slot };
    return;
  }
  if (state.lock === undefined) refuse("lock", "no lock is held that could be released", lockRemedy);
  if (state.lock.id !== to.id || state.lock.map !== to.map)
    refuse("lock", "another lock is held than this one", lockRemedy);
  state.lock = undefined;
}

/** The map is of a type that the helper works on, and programs may do that to it. */
function checkMapOfCall({ name, map }: Arguments, { maps }: Prototype): void {
  if (map === undefined) return;
  if (maps !== undefined && !maps.includes(map.type)) {
    refuse(
      "argumentMap",
      `${name} does not work on a map of type ${map.type} (${map.name})`,
      `use one of these types: ${maps.join(", ")}`,
    );
  }
  const writes = name === "bpf_map_update_elem" || name === "bpf_map_delete_elem" || name === "bpf_map_push_elem";
  if (writes && (map.flags & mapFlags.readOnlyInProgram) !== 0) {
    refuse("readOnly", `programs can only read the map ${map.name}`, "write to a map of the program's own");
  }
  if (name === "bpf_map_lookup_elem" && (map.flags & mapFlags.writeOnlyInProgram) !== 0) {
    refuse("readOnly", `programs can only write to the map ${map.name}`, "read from a map of the program's own");
  }
}

/** What was taken is given back: pointers to it are worth nothing. */
export function release(walk: WalkContext, reference: number): void {
  const { state, slot } = walk;
  if (!state.references.some(({ id }) => id === reference)) {
    refuse("reference", "this was given back before, or was never taken", "give back each thing once");
  }
  state.references = state.references.filter(({ id }) => id !== reference);
  replacePointers(
    state,
    (one) => one.reference === reference,
    () => unknownScalar(slot),
  );
}

function forgetPackets({ state, slot }: WalkContext): void {
  replacePointers(
    state,
    ({ to }) => to.kind === "packet" || to.kind === "packetEnd",
    () => unknownScalar(slot),
  );
}

function calledBack(walk: WalkContext, given: Arguments, { callback }: Prototype): CalledBack | undefined {
  if (callback === undefined) return undefined;
  const { values, map, functionSlot: slot } = given;
  const at = walk.slot;
  if (callback === "loop") {
    const index = scalar(signedRange(0n, 2n ** 32n - 1n), at);
    return { how: callback, slot, arguments: [index, values[2]!] };
  }
  const owner = map ?? (values[0] as Pointer & { readonly to: { readonly map: MapSpec } }).to.map;
  const element: Value[] = [
    pointer({ kind: "map", map: owner }, at),
    pointer({ kind: "mapKey", map: owner }, at),
    pointer({ kind: "mapValue", map: owner, id: newId(walk) }, at),
  ];
  return { how: callback, slot, arguments: callback === "element" ? [...element, values[2]!] : element };
}

function resultOf(walk: WalkContext, given: Arguments, rule: ResultRule): Value | undefined {
  const { slot, state, types } = walk;
  const take = (what: "record" | "socket"): number => {
    const id = newId(walk);
    state.references = [...state.references, { id, what, slot }];
    return id;
  };
  if (rule === "number") return unknownScalar(slot);
  if (rule === "nothing") return undefined;
  if (rule === "mapValueOrNull") return foundIn(walk, given.map!, take);
  if (rule === "recordOrNull") {
    const reference = take("record");
    const record = { kind: "memory", name: "a record", sizeBytes: given.recordBytes, writable: true } as const;
    return pointer(record, slot, { nullId: reference, reference });
  }
  if ("least" in rule) return scalar(signedRange(BigInt(rule.least), BigInt(rule.most)), slot);
  if ("kernel" in rule) {
    const nullId = rule.nullable ? newId(walk) : 0;
    return pointer({ kind: "kernel", typeId: structOf(types, rule.kernel), isWord: false }, slot, { nullId });
  }
  const reference = rule.owned ? take("socket") : 0;
  return pointer({ kind: "socket", of: rule.socket }, slot, { nullId: reference || newId(walk), reference });
}

/** What a look-up finds: a value, a map inside the map, or a socket. */
function foundIn(walk: WalkContext, map: MapSpec, take: (what: "socket") => number): Value {
  const id = newId(walk);
  const { slot } = walk;
  if (map.inner !== undefined) return pointer({ kind: "map", map: map.inner }, slot, { nullId: id });
  if (map.type === "socketMap" || map.type === "socketHash") {
    const reference = take("socket");
    return pointer({ kind: "socket", of: "full" }, slot, { nullId: reference, reference });
  }
  return pointer({ kind: "mapValue", map, id }, slot, { nullId: id });
}
