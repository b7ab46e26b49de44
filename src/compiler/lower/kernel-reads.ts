/**
 * Reading the kernel's own structures. A pointer that the verifier knows (an argument of the hook, and what is reached
 * from it by its members) is read by plain loads; any other by a probe, which reads zero from a bad address.
 */

import * as isa from "../../isa/index.ts";
import type { Relocation, Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { type IntegerType, integerType, type KernelStruct, type KernelType, loadSizeOf } from "../types.ts";
import { refuseNull } from "./coerce.ts";
import { wrap } from "./integers.ts";
import type { Lowering } from "./lowering.ts";
import type { KernelOperand, Operand, PointerOperand } from "./operand.ts";

/** A pointer to a structure, as a place. */
export function kernelPlace(
  target: KernelStruct,
  base: Value,
  { probed, nullable }: { probed: boolean; nullable: boolean },
): KernelOperand {
  return { kind: "kernel", type: target, root: target, access: "0", base, probed, nullable };
}

/** The member `name` of a structure; `undefined` if the program does not declare it. */
export function memberOfKernel(
  lowering: Lowering,
  struct: KernelOperand,
  name: string,
  place: Place,
): Operand | undefined {
  const found = memberPlace(struct, name);
  return found && readKernelPlace(lowering, found, place);
}

/** The member as a place, unread. */
function memberPlace(struct: KernelOperand, name: string): KernelOperand | undefined {
  if (struct.type.kind !== "struct") return undefined;
  const index = struct.type.members.findIndex((member) => member.name === name);
  if (index < 0) return undefined;
  return { ...struct, type: struct.type.members[index]!.type, access: `${struct.access}:${index}` };
}

/** An element of an array inside a structure. */
export function elementOfKernel(
  lowering: Lowering,
  array: KernelOperand,
  index: { readonly constant: number } | { readonly value: Value },
  place: Place,
): Operand {
  if (array.type.kind !== "array") throw problem("mistake", place, "this is no array");
  refuseNull(array, place);
  const { element, length } = array.type;
  // An array of one element at the end of a structure has as many as there is room for, which the verifier does not know.
  if ("constant" in index && length > 1) {
    return readKernelPlace(lowering, { ...array, type: element, access: `${array.access}:${index.constant}` }, place);
  }
  const start = addressValue(lowering, addressOfKernel(lowering, array, place), place);
  const value = "constant" in index ? lowering.constant(index.constant, place) : index.value;
  return readElement(lowering, element, start, value, place);
}

/** An element of the array that a pointer points to. */
export function elementBehind(
  lowering: Lowering,
  pointer: PointerOperand | KernelOperand,
  index: Value,
  place: Place,
): Operand {
  if (pointer.kind === "pointer") {
    return readElement(lowering, pointer.to, addressValue(lowering, pointer.value, place), index, place);
  }
  refuseNull(pointer, place);
  const start = addressValue(lowering, addressOfKernel(lowering, pointer, place), place);
  return readElement(lowering, pointer.type, start, index, place);
}

function readElement(lowering: Lowering, element: KernelType, start: Value, index: Value, place: Place): Operand {
  const stride = strideOf(lowering, element, place);
  const distance = lowering.emit({ kind: "alu", alu: isa.mul, width: 64 }, [index, stride], place);
  const address = lowering.emit({ kind: "alu", alu: isa.add, width: 64 }, [start, distance], place);
  if (element.kind === "struct") return kernelPlace(element, address, { probed: true, nullable: false });
  if (element.kind === "array") throw problem("notYet", place, "elements that are arrays");
  return asOperand(lowering, element, probe(lowering, loadSizeOf(element), address, place), true, place);
}

/** How far apart elements lie; of a structure only the running kernel knows. */
function strideOf(lowering: Lowering, element: KernelType, place: Place): Value {
  if (element.kind !== "struct") return lowering.constant(loadSizeOf(element), place);
  return lowering.emit({ kind: "core", relocation: { kind: "typeSize", root: element, access: "0" } }, [], place);
}

/** What stands at a place: numbers and pointers are read, structures and arrays stay places. */
function readKernelPlace(lowering: Lowering, at: KernelOperand, place: Place): Operand {
  refuseNull(at, place);
  if (at.type.kind === "bits") return readBits(lowering, at, at.type.integer, place);
  const sizeBytes = loadSizeOf(at.type);
  if (sizeBytes === 0) return at;
  const relocation = offsetOf(at);
  const value = at.probed
    ? probe(lowering, sizeBytes, lowering.emit({ kind: "coreAddress", relocation }, [at.base], place), place)
    : lowering.emit({ kind: "load", sizeBytes, offset: 0, relocation }, [at.base], place);
  return asOperand(lowering, at.type, value, at.probed, place);
}

/** A bit field, cut out of the memory around it as `BPF_CORE_READ_BITFIELD_PROBED` of libbpf does. */
function readBits(lowering: Lowering, at: KernelOperand, type: IntegerType, place: Place): Operand {
  const { root, access } = at;
  const ask = (kind: Relocation["kind"]) =>
    lowering.emit({ kind: "core", relocation: { kind, root, access } }, [], place);
  const slot = lowering.emit({ kind: "frame", sizeBytes: 8 }, [], place);
  lowering.emit({ kind: "zero", sizeBytes: 8, offset: 0 }, [slot], place);
  const address = lowering.emit({ kind: "coreAddress", relocation: offsetOf(at) }, [at.base], place);
  lowering.emit({ kind: "call", helper: "bpf_probe_read_kernel" }, [slot, ask("fieldByteSize"), address], place);
  const unit = lowering.emit({ kind: "load", sizeBytes: 8, offset: 0 }, [slot], place);
  const shift = (alu: isa.AluOperation, value: Value, count: Value) =>
    lowering.emit({ kind: "alu", alu, width: 64 }, [value, count], place);
  const top = shift(isa.lsh, unit, ask("fieldLeftShift"));
  const value = shift(type.signed ? isa.arsh : isa.rsh, top, ask("fieldRightShift"));
  const low = type.sizeBytes === 8 ? value : lowering.emit({ kind: "truncate" }, [value], place);
  return { kind: "integer", type, value: wrap(lowering, type, low, place) };
}

/** The result of reading a `type`. A pointer out of a probed structure is no pointer to the verifier either. */
function asOperand(lowering: Lowering, type: KernelType, value: Value, probed: boolean, place: Place): Operand {
  switch (type.kind) {
    case "integer":
      return {
        kind: "integer",
        type: type.integer,
        value: type.integer.signed ? wrap(lowering, type.integer, value, place) : value,
      };
    case "enumeration":
      return { kind: "integer", type: integerType("u32"), value };
    case "boolean":
      return { kind: "boolean", value };
    case "pointer":
      if (type.to.kind === "struct") return kernelPlace(type.to, value, { probed, nullable: false });
      return { kind: "pointer", to: type.to, value };
    default:
      throw problem("bug", place, `a ${type.kind} was read whole`);
  }
}

/** Reads `sizeBytes` at `address` through the helper, zero if it cannot be read. */
function probe(lowering: Lowering, sizeBytes: 0 | 1 | 2 | 4 | 8, address: Value, place: Place): Value {
  if (sizeBytes === 0) throw problem("bug", place, "a probe of no size");
  const slot = lowering.emit({ kind: "frame", sizeBytes }, [], place);
  lowering.emit(
    { kind: "call", helper: "bpf_probe_read_kernel" },
    [slot, lowering.constant(sizeBytes, place), address],
    place,
  );
  return lowering.emit({ kind: "load", sizeBytes, offset: 0 }, [slot], place);
}

function offsetOf({ root, access }: KernelOperand): Relocation {
  return { kind: "fieldByteOffset", root, access };
}

/** The pointer to a place. */
export function addressOfKernel(lowering: Lowering, at: KernelOperand, place: Place): Value {
  if (at.access === "0") return at.base;
  return lowering.emit({ kind: "coreAddress", relocation: offsetOf(at) }, [at.base], place);
}

/** A pointer as a plain number, with which the verifier lets us calculate. */
export function addressValue(lowering: Lowering, pointer: Value, place: Place): Value {
  return lowering.emit({ kind: "address" }, [pointer], place);
}

/** Whether the running kernel has the member: 1 or 0 once the program is loaded. */
export function fieldExists(lowering: Lowering, struct: KernelOperand, name: string, place: Place): Value {
  const member = memberPlace(struct, name);
  if (member === undefined) {
    const known = struct.type.kind === "struct" ? struct.type.name : "this";
    throw problem("mistake", place, `${known} declares no member ${name}`, "add it to the interface");
  }
  const relocation: Relocation = { kind: "fieldExists", root: member.root, access: member.access };
  return lowering.emit({ kind: "core", relocation }, [], place);
}
