/** The types of values inside a program. */

import type { ArrayOf, Bytes, Integer, Struct } from "../bytes/index.ts";
import { bigEndianIntegers, integers } from "../bytes/index.ts";
import type { ContextSchema } from "../program/context-schema.ts";
import type { MapEntity } from "./entity.ts";
import { specialOf } from "./special-types.ts";

/** An integer type's schema. */
export type IntegerType = Integer;

/** What can be held by reference in our own memory (maps and the stack). */
export type MemoryType = Struct | ArrayOf | Bytes;

/** A place for one integer: the value of a map whose values are no structs. */
export interface BoxType {
  readonly kind: "box";
  readonly of: IntegerType;
  readonly sizeBytes: number;
}

export type Type =
  | { readonly kind: "integer"; readonly integer: IntegerType }
  | { readonly kind: "boolean" }
  | { readonly kind: "void" }
  | { readonly kind: "memory"; readonly memory: MemoryType | BoxType; readonly nullable: boolean }
  | { readonly kind: "kernel"; readonly target: KernelStruct; readonly nullable: boolean }
  | { readonly kind: "context"; readonly context: ContextType; readonly nullable: boolean }
  | { readonly kind: "map"; readonly map: MapEntity; readonly nullable: boolean };

/** What a hook hands to its program, by the name of its TypeScript type. `Packet` is any that has bytes. */
export interface ContextType {
  readonly name: string;
  /** Absent for the common type of several contexts. */
  readonly schema?: ContextSchema;
}

/** A structure of the kernel, as far as the program declares it. */
export interface KernelStruct {
  readonly kind: "struct";
  readonly name: string;
  /** In the order of the declaration, which is the order of member indices in relocations. */
  readonly members: readonly KernelMember[];
}

export interface KernelMember {
  readonly name: string;
  readonly type: KernelType;
}

/** The type of a member of a kernel structure. */
export type KernelType =
  | { readonly kind: "integer"; readonly integer: IntegerType }
  | { readonly kind: "boolean" }
  | { readonly kind: "enumeration" }
  /** A bit field, read as this type. */
  | { readonly kind: "bits"; readonly integer: IntegerType }
  | { readonly kind: "pointer"; readonly to: KernelType }
  | { readonly kind: "array"; readonly element: KernelType; readonly length: number }
  | KernelStruct;

export const integerByName: ReadonlyMap<string, IntegerType> = new Map(
  [...integers, ...bigEndianIntegers].map((type) => [type.name, type as IntegerType]),
);

export const boolean: Type = { kind: "boolean" };
export const nothing: Type = { kind: "void" };

export function integerType(name: string): IntegerType {
  return integerByName.get(name)!;
}

/** The type of what is read from a place of type `type`: byte order is of memory only. */
export function valueTypeOf(type: IntegerType): IntegerType {
  return type.bigEndian ? integerType(type.name.slice(0, -2)) : type;
}

const memoryNames = new WeakMap<MemoryType, string>();

/** Gives a type the name of the constant that declares it first. */
export function nameMemory(type: MemoryType, name: string): void {
  if (!memoryNames.has(type)) memoryNames.set(type, name);
}

/** The name under which a type was declared; empty if it stands inside another. */
export function nameOfMemory(type: MemoryType): string {
  return memoryNames.get(type) ?? "";
}

/** The name of a type of ours; of one that has none, what it is. */
export function memoryName(type: MemoryType): string {
  return (
    memoryNames.get(type) ?? specialOf(type)?.name ?? (type.kind === "bytes" ? `bytes(${type.length})` : type.kind)
  );
}

/** The type in the words of the program's author. */
export function nameOf(type: Type): string {
  switch (type.kind) {
    case "integer":
      return type.integer.name;
    case "memory":
      return orNull(
        type.memory.kind === "box" ? `{ value: ${type.memory.of.name} }` : memoryName(type.memory),
        type.nullable,
      );
    case "kernel":
      return orNull(type.target.name, type.nullable);
    case "map":
      return orNull(type.map.type, type.nullable);
    case "context":
      return orNull(type.context.name, type.nullable);
    default:
      return type.kind;
  }
}

function orNull(name: string, nullable: boolean): string {
  return nullable ? `${name} | null` : name;
}

/** Whether a value of `from` can stand where `to` is wanted, null aside. */
export function fits(from: Type, to: Type): boolean {
  if (from.kind === "integer" && to.kind === "integer") return from.integer === to.integer;
  if (from.kind === "memory" && to.kind === "memory") return sameMemory(from.memory, to.memory);
  if (from.kind === "kernel" && to.kind === "kernel") return from.target.name === to.target.name;
  if (from.kind === "map" && to.kind === "map") return from.map === to.map;
  if (from.kind === "context" && to.kind === "context") return isContext(from.context, to.context);
  return from.kind === to.kind;
}

function isContext(from: ContextType, to: ContextType): boolean {
  if (to.name === "Packet") return from.schema?.bytes !== undefined;
  if (to.name === "WritablePacket") return from.schema?.bytes?.writable === true;
  return from.name === to.name;
}

function sameMemory(a: MemoryType | BoxType, b: MemoryType | BoxType): boolean {
  if (a === b) return true;
  if (specialOf(a) !== undefined || specialOf(b) !== undefined) return false;
  if (a.kind === "box" && b.kind === "box") return a.of === b.of;
  if (a.kind === "bytes" && b.kind === "bytes") return a.length === b.length;
  if (a.kind === "array" && b.kind === "array") return a.length === b.length && a.element === b.element;
  return false;
}

/** How many bytes of a kernel structure a load of this type reads; 0 for what is not loaded whole. */
export function loadSizeOf(type: KernelType): 0 | 1 | 2 | 4 | 8 {
  switch (type.kind) {
    case "integer":
      return type.integer.sizeBytes as 1 | 2 | 4 | 8;
    case "boolean":
      return 1;
    case "enumeration":
      return 4;
    case "pointer":
      return 8;
    default:
      return 0;
  }
}
