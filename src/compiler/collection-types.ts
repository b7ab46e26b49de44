/** The collection's own BTF: types of maps, of the kernel structures it relocates against, and of its functions. */

import { type BtfBuilder, createBtfBuilder } from "../btf/index.ts";
import type { KernelCall } from "./emit.ts";
import type { Relocation, RoutineRole } from "./ir.ts";
import { type SpecialType, specialOf } from "./special-types.ts";
import {
  type IntegerType,
  integerType,
  type KernelStruct,
  type KernelType,
  type MemoryType,
  nameOfMemory,
  type Type,
} from "./types.ts";

export class CollectionTypes {
  readonly builder: BtfBuilder = createBtfBuilder();
  readonly #structs = new Map<KernelStruct, number>();

  /** The id of an integer, struct, array or byte string of ours. */
  memory(type: IntegerType | MemoryType): number {
    switch (type.kind) {
      case "integer":
        return this.integer(type);
      case "bytes":
        if (specialOf(type) !== undefined) return this.#special(specialOf(type)!);
        return this.#array(this.integer(integerType("u8")), type.length);
      case "array":
        return this.#array(this.memory(type.element as IntegerType | MemoryType), type.length);
      case "struct":
        return this.builder.add({
          kind: "struct",
          name: nameOfMemory(type),
          sizeBytes: type.sizeBytes,
          members: type.fields.map(({ name, type: field, offset }) => ({
            name,
            type: this.memory(field as IntegerType | MemoryType),
            bitOffset: offset * 8,
          })),
        });
    }
  }

  /** The kernel finds it by the structure's name. */
  #special({ type: { sizeBytes }, struct, member }: SpecialType): number {
    const isWord = sizeBytes === 4;
    const word = this.integer(integerType(isWord ? "u32" : "u64"));
    const type = isWord ? word : this.#array(word, sizeBytes / 8);
    return this.builder.add({
      kind: "struct",
      name: struct,
      sizeBytes,
      members: [{ name: member, type, bitOffset: 0 }],
    });
  }

  integer({ name, sizeBytes, signed }: IntegerType): number {
    return this.builder.add({ kind: "int", name, sizeBytes, encoding: signed ? "signed" : "unsigned" });
  }

  /** The id of the root type of a relocation. */
  root({ root }: Relocation): number {
    if (root.kind === "struct") return this.#struct(root);
    const values = [{ name: root.enumerator, value: 0n }];
    return this.builder.add({ kind: "enum", name: root.name, sizeBytes: 4, signed: false, values });
  }

  /** The id of a program: a function that takes its context and returns an `int`. */
  program(name: string): number {
    const context = this.builder.add({ kind: "ptr", type: this.integer(integerType("u64")) });
    const prototype = this.builder.add({
      kind: "funcProto",
      returns: this.integer(integerType("i32")),
      parameters: [{ name: "context", type: context }],
    });
    return this.builder.add({ kind: "func", name, type: prototype, linkage: "global" });
  }

  /** The id of a function of a program. The kernel looks at the types of global ones only. */
  routine(name: string, role: RoutineRole): number {
    const isGlobal = role.kind === "function" && role.linkage === "global";
    const word = this.integer(integerType("u64"));
    const prototype = this.builder.add({
      kind: "funcProto",
      returns: isGlobal ? this.#parameter(role.result) : word,
      parameters:
        role.kind === "function"
          ? role.parameters.map((type, index) => ({
              name: `parameter${index}`,
              type: isGlobal ? this.#parameter(type) : word,
            }))
          : [{ name: "parameter0", type: word }],
    });
    return this.builder.add({ kind: "func", name, type: prototype, linkage: isGlobal ? "global" : "static" });
  }

  /** The id of a function of the kernel, as the module declares it. */
  kernelFunction({ name, parameters, result }: KernelCall): number {
    const type = this.builder.add({
      kind: "funcProto",
      returns: this.#parameter(result),
      parameters: parameters.map((type, index) => ({ name: `parameter${index}`, type: this.#parameter(type) })),
    });
    return this.builder.add({ kind: "func", name, type, linkage: "global" });
  }

  #parameter(type: Type): number {
    switch (type.kind) {
      case "void":
        return 0;
      case "boolean":
        return this.#kernel(type);
      case "kernel":
        return this.builder.add({ kind: "ptr", type: this.#struct(type.target) });
      case "integer":
        return this.integer(type.integer);
      case "memory":
        return this.builder.add({
          kind: "ptr",
          type: type.memory.kind === "box" ? this.integer(type.memory.of) : this.memory(type.memory),
        });
      case "context": {
        const name = type.context.schema?.struct ?? "__sk_buff";
        const to = this.builder.add({ kind: "struct", name, sizeBytes: 0, members: [] });
        return this.builder.add({ kind: "ptr", type: to });
      }
      default:
        return this.integer(integerType("u64"));
    }
  }

  #array(element: number, length: number): number {
    return this.builder.add({ kind: "array", element, index: this.integer(integerType("u32")), length });
  }

  #struct(struct: KernelStruct): number {
    const known = this.#structs.get(struct);
    if (known !== undefined) return known;
    const id = this.builder.reserve();
    this.#structs.set(struct, id);
    const { offsets, sizeBytes } = layoutOf(struct);
    const members = struct.members.map(({ name, type }, index) => ({
      name,
      type: this.#kernel(type),
      bitOffset: offsets[index]! * 8,
    }));
    this.builder.define(id, { kind: "struct", name: struct.name, sizeBytes, members });
    return id;
  }

  #kernel(type: KernelType): number {
    switch (type.kind) {
      case "integer":
      case "bits":
        return this.integer(type.integer);
      case "boolean":
        return this.builder.add({ kind: "int", name: "bool", sizeBytes: 1, encoding: "bool" });
      case "enumeration":
        return this.builder.add({ kind: "enum", name: "", sizeBytes: 4, signed: false, values: [] });
      case "pointer":
        return this.builder.add({ kind: "ptr", type: this.#kernel(type.to) });
      case "array":
        return this.#array(this.#kernel(type.element), type.length);
      case "struct":
        return this.#struct(type);
    }
  }
}

/** What a bit field is read into. */
const wordBytes = 8;

/** What a relocation's instruction holds before it is relocated: the value for the types as the program declares them. */
export function localValue({ kind, root, access }: Relocation): number {
  if (kind === "fieldExists" || kind === "enumValueExists") return 1;
  if (root.kind !== "struct") return 0;
  if (kind === "typeSize") return layoutOf(root).sizeBytes;
  if (kind === "fieldByteSize") return wordBytes;
  if (kind === "fieldLeftShift" || kind === "fieldRightShift") return 0;
  let offset = 0;
  let type: KernelType = root;
  for (const index of access.split(":").slice(1).map(Number)) {
    if (type.kind === "struct") {
      offset += layoutOf(type).offsets[index]!;
      type = type.members[index]!.type;
    } else if (type.kind === "array") {
      offset += sizeOf(type.element).sizeBytes * index;
      type = type.element;
    }
  }
  return offset;
}

const layouts = new WeakMap<KernelStruct, { offsets: number[]; sizeBytes: number; alignment: number }>();

function layoutOf(struct: KernelStruct): { offsets: number[]; sizeBytes: number; alignment: number } {
  const known = layouts.get(struct);
  if (known !== undefined) return known;
  const offsets: number[] = [];
  let [end, alignment] = [0, 1];
  for (const { type } of struct.members) {
    const size = sizeOf(type);
    const offset = Math.ceil(end / size.alignment) * size.alignment;
    offsets.push(offset);
    end = offset + size.sizeBytes;
    alignment = Math.max(alignment, size.alignment);
  }
  const layout = { offsets, sizeBytes: Math.ceil(end / alignment) * alignment, alignment };
  layouts.set(struct, layout);
  return layout;
}

function sizeOf(type: KernelType): { sizeBytes: number; alignment: number } {
  switch (type.kind) {
    case "integer":
    case "bits":
      return { sizeBytes: type.integer.sizeBytes, alignment: type.integer.sizeBytes };
    case "boolean":
      return { sizeBytes: 1, alignment: 1 };
    case "enumeration":
      return { sizeBytes: 4, alignment: 4 };
    case "pointer":
      return { sizeBytes: 8, alignment: 8 };
    case "array": {
      const element = sizeOf(type.element);
      return { sizeBytes: element.sizeBytes * type.length, alignment: element.alignment };
    }
    case "struct":
      return layoutOf(type);
  }
}
