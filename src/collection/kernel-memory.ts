/**
 * Kernel structures that a test describes, laid out by the collection's own types, in memory of the sandbox: loads of traced
 * programs and `bpf_probe_read_kernel` find them there.
 */

import { type Btf, type BtfMember, type BtfType, sizeOf, skipModifiers } from "../btf/index.ts";
import { InputError } from "../errors/error.ts";
import type { Machine } from "../vm/index.ts";
import { bitField } from "./bit-field.ts";

/** Members by name: numbers, booleans, text for arrays of characters, objects for structures and for what is pointed to. */
export type DescribedFields = Readonly<Record<string, unknown>>;

/** A structure of the kernel. The same object is the same structure, at the same address, in every run. */
export interface KernelObject {
  readonly kind: "kernelObject";
  /** Its type's name: `task_struct`. */
  readonly type: string;
  readonly fields: DescribedFields;
  /** The same object under other types, for programs that take it for one of them (`tcpSocket(sock)`). */
  readonly views: Readonly<Record<string, DescribedFields>>;
}

/**
 * Describes a structure of the kernel. Members that are not given are zero; a program can read those that it declares.
 *
 * ```ts
 * const task = kernelObject("task_struct", { pid: 7, comm: "node", real_parent: kernelObject("task_struct", { pid: 1 }) });
 * ```
 */
export function kernelObject(
  type: string,
  fields: DescribedFields,
  views: Readonly<Record<string, DescribedFields>> = {},
): KernelObject {
  return { kind: "kernelObject", type, fields, views };
}

export function isKernelObject(value: unknown): value is KernelObject {
  return typeof value === "object" && value !== null && (value as Partial<KernelObject>).kind === "kernelObject";
}

/** Described structures in the memory of one sandbox. */
export interface KernelMemory {
  /** What was described for one run is gone, and described objects are written again. */
  begin(): void;
  addressOf(object: KernelObject): bigint;
  /** The members that programs declare of a structure; none for one that they only hand on. */
  declared(type: string): readonly string[];
  /** Bytes for this run. */
  place(bytes: Uint8Array, writable?: boolean): bigint;
  /** A structure as bytes, for a context that is one. */
  encode(type: string, fields: DescribedFields): Uint8Array;
  /** The address of the same object under another type; `undefined` for an address of none, or without such a view. */
  viewOf(address: bigint, type: string): bigint | undefined;
}

interface Slot {
  readonly index: number;
  readonly address: number;
  readonly capacity: number;
}

export function kernelMemory(machine: Machine, btf: Btf): KernelMemory {
  const free = new Map<number, Slot[]>();
  const slots = new WeakMap<object, Slot>();
  const objects = new Map<bigint, WeakRef<KernelObject>>();
  const released = new FinalizationRegistry<{ slot: Slot; pointer: bigint }>(({ slot, pointer }) => {
    objects.delete(pointer);
    release(slot);
  });
  let ofRun: Slot[] = [];
  let written = new Set<object>();
  const views = new WeakMap<KernelObject, Map<string, KernelObject>>();

  const release = (slot: Slot): void => {
    machine.objects.retire(slot.index);
    const list = free.get(slot.capacity);
    if (list === undefined) free.set(slot.capacity, [slot]);
    else list.push(slot);
  };
  const acquire = (sizeBytes: number, writable: boolean): Slot => {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(8, sizeBytes)));
    const slot = free.get(capacity)?.pop() ?? {
      index: machine.objects.reserve(1).firstIndex,
      address: machine.allocate(capacity),
      capacity,
    };
    machine.objects.place(slot.index, slot.address, sizeBytes, writable ? sizeBytes : 0);
    return slot;
  };
  const pointer = ({ index, address }: Slot): bigint =>
    BigInt.asUintN(64, (BigInt(machine.objects.handle(index)) << 32n) | BigInt(address));

  const place = (bytes: Uint8Array, writable = false): bigint => {
    const slot = acquire(bytes.byteLength, writable);
    machine.u8.set(bytes, slot.address);
    ofRun.push(slot);
    return pointer(slot);
  };

  const addressOf = (object: KernelObject): bigint => {
    // A structure of which programs read nothing is only an address: what values of storage hang on.
    const isAddress = Object.keys(object.fields).length === 0 && structIn(btf, object.type) === undefined;
    const typeId = isAddress ? 0 : structNamed(btf, object.type);
    let slot = slots.get(object);
    if (slot === undefined) {
      slot = acquire(isAddress ? 8 : sizeInMemory(btf, typeId), false);
      slots.set(object, slot);
      objects.set(pointer(slot), new WeakRef(object));
      released.register(object, { slot, pointer: pointer(slot) });
    }
    if (!written.has(object)) {
      // First, as structures may point to one another.
      written.add(object);
      if (!isAddress) machine.u8.set(encode(typeId, object.fields, object.type), slot.address);
    }
    return pointer(slot);
  };

  const encode = (typeId: number, fields: unknown, path: string): Uint8Array => {
    const bytes = new Uint8Array(sizeInMemory(btf, typeId));
    write(new DataView(bytes.buffer), 0, typeId, fields, path);
    return bytes;
  };

  const write = (view: DataView, offset: number, typeId: number, value: unknown, path: string): void => {
    const { type } = skipModifiers(btf, typeId);
    switch (type.kind) {
      case "struct":
      case "union":
        if (typeof value !== "object" || value === null) throw wrong(path, `an object with members of ${type.name}`);
        for (const [name, given] of Object.entries(value as DescribedFields)) {
          const member = memberNamed(btf, type.members, name);
          if (member === undefined) throw noMember(btf, type, path, name);
          writeMember(view, offset, member, given, `${path}.${name}`);
        }
        return;
      case "array":
        return writeArray(view, offset, type, value, path);
      case "ptr":
        view.setBigUint64(offset, BigInt.asUintN(64, pointerTo(type.type, value, path)), true);
        return;
      default:
        writeNumber(view, offset, sizeInMemory(btf, typeId), value, path);
    }
  };

  const writeMember = (view: DataView, base: number, member: BtfMember, value: unknown, path: string): void => {
    if (member.bitSize === undefined || member.bitSize === 0) {
      return write(view, base + member.bitOffset / 8, member.type, value, path);
    }
    const bits = bitField(skipModifiers(btf, member.type).type, member.bitOffset, member.bitSize);
    bits.type.write(view, base + bits.offset, value);
  };

  const writeArray = (
    view: DataView,
    offset: number,
    { element, length }: Extract<BtfType, { kind: "array" }>,
    value: unknown,
    path: string,
  ): void => {
    const step = sizeInMemory(btf, element);
    const bytes = typeof value === "string" ? encoder.encode(value) : value;
    if (bytes instanceof Uint8Array && step === 1) {
      if (bytes.length > length) throw wrong(path, `at most ${length} bytes`);
      new Uint8Array(view.buffer, view.byteOffset + offset, length).set(bytes);
      return;
    }
    if (!Array.isArray(value) || value.length > length) throw wrong(path, `a list of at most ${length}`);
    for (const [index, given] of value.entries())
      write(view, offset + index * step, element, given, `${path}[${index}]`);
  };

  const pointerTo = (target: number, value: unknown, path: string): bigint => {
    if (value === null || value === undefined) return 0n;
    if (typeof value === "number" || typeof value === "bigint") return BigInt(value);
    if (isKernelObject(value)) return addressOf(value);
    if (typeof value === "string") return place(encoder.encode(`${value}\0`));
    if (value instanceof Uint8Array) return place(value);
    return place(encode(target, value, path));
  };

  return {
    begin() {
      for (const slot of ofRun) release(slot);
      ofRun = [];
      written = new Set();
    },
    addressOf,
    declared(type) {
      const id = structIn(btf, type);
      const found = id === undefined ? undefined : btf.type(id);
      return found !== undefined && "members" in found ? found.members.map(({ name }) => name) : [];
    },
    place,
    encode: (type, fields) => encode(structNamed(btf, type), fields, type),
    viewOf(address, type) {
      const object = objects.get(address)?.deref();
      const fields = object?.views[type];
      if (object === undefined || fields === undefined) return undefined;
      const known = views.get(object) ?? new Map<string, KernelObject>();
      views.set(object, known);
      const view = known.get(type) ?? kernelObject(type, fields);
      known.set(type, view);
      return addressOf(view);
    },
  };
}

const encoder = new TextEncoder();

function sizeInMemory(btf: Btf, typeId: number): number {
  const sizeBytes = sizeOf(btf, typeId);
  if (sizeBytes === undefined) throw new InputError("KERNEL_TYPE", `type ${typeId} of the programs has no size`);
  return sizeBytes;
}

function writeNumber(view: DataView, offset: number, sizeBytes: number, value: unknown, path: string): void {
  const isNumber = typeof value === "bigint" || typeof value === "boolean" || Number.isInteger(value);
  if (!isNumber) throw wrong(path, "a whole number");
  let rest = BigInt.asUintN(64, BigInt(value as number | bigint | boolean));
  for (let index = 0; index < sizeBytes; index++, rest >>= 8n) view.setUint8(offset + index, Number(rest & 0xffn));
}

const structIn = (btf: Btf, name: string) => btf.find(name, "struct") ?? btf.find(name, "union");

/** The struct or union of that name. */
function structNamed(btf: Btf, name: string): number {
  const found = structIn(btf, name);
  if (found !== undefined) return found;
  throw new InputError(
    "KERNEL_TYPE",
    `the programs declare no kernel structure ${name}, so that none can be described`,
  );
}

/** A member by name; those of a member without a name are the outer structure's own. */
function memberNamed(btf: Btf, members: readonly BtfMember[], name: string): BtfMember | undefined {
  for (const member of members) {
    if (member.name === name) return member;
    if (member.name !== "") continue;
    const { type } = skipModifiers(btf, member.type);
    if (type.kind !== "struct" && type.kind !== "union") continue;
    const inner = memberNamed(btf, type.members, name);
    if (inner !== undefined) return { ...inner, bitOffset: inner.bitOffset + member.bitOffset };
  }
  return undefined;
}

function noMember(
  btf: Btf,
  { name: type, members }: Extract<BtfType, { kind: "struct" | "union" }>,
  path: string,
  name: string,
): InputError {
  const known = members.flatMap((member) => {
    if (member.name !== "") return [member.name];
    const inner = skipModifiers(btf, member.type).type;
    return inner.kind === "struct" || inner.kind === "union" ? inner.members.map((one) => one.name) : [];
  });
  return new InputError(
    "KERNEL_MEMBER",
    `${path}: the programs declare no member ${name} of ${type || "it"}; they declare ${known.join(", ") || "none"}`,
  );
}

function wrong(path: string, wanted: string): InputError {
  return new InputError("KERNEL_VALUE", `${path} is to be ${wanted}`);
}
