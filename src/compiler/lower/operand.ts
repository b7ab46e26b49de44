/** What an expression gives while it is lowered: a number in a register, a place in memory, or something known now. */

import type { ContextWords } from "../../program/context-schema.ts";
import type { Entity, MapEntity } from "../entity.ts";
import type { Value } from "../ir.ts";
import type { BoxType, ContextType, IntegerType, KernelStruct, KernelType, MemoryType, Type } from "../types.ts";

/** A number without a width of its own; it takes the type of what it meets. */
export interface Literal {
  readonly kind: "literal";
  readonly value: bigint;
  /** Written as a bigint. */
  readonly wide: boolean;
}

export interface IntegerOperand {
  readonly kind: "integer";
  readonly type: IntegerType;
  readonly value: Value;
}

export interface BooleanOperand {
  readonly kind: "boolean";
  readonly value: Value;
}

/** A place in our own memory: the stack or a map's value. */
export interface MemoryOperand {
  readonly kind: "memory";
  readonly type: MemoryType | BoxType;
  readonly base: Value;
  readonly offset: number;
  /** An element of an array whose index is known only at run time; checked at every access. */
  readonly index?: DynamicIndex;
  readonly nullable: boolean;
}

export interface DynamicIndex {
  readonly value: Value;
  readonly stride: number;
  readonly maximum: number;
}

/** A place in the kernel's memory: `access` leads from the structure at `base` to it. */
export interface KernelOperand {
  readonly kind: "kernel";
  readonly type: KernelType;
  readonly root: KernelStruct;
  readonly access: string;
  readonly base: Value;
  /** Whether the verifier does not know the pointer, so that memory is read through a helper. */
  readonly probed: boolean;
  readonly nullable: boolean;
}

/** A pointer to something that is no structure. */
export interface PointerOperand {
  readonly kind: "pointer";
  readonly to: KernelType;
  readonly value: Value;
}

/** What the hook handed to the program, or a socket that was reached from it. */
export interface ContextOperand {
  readonly kind: "context";
  readonly type: ContextType;
  readonly base: Value;
  readonly nullable: boolean;
}

/** Several numbers in a row inside a context. */
export interface ContextWordsOperand {
  readonly kind: "contextWords";
  readonly words: ContextWords;
  readonly base: Value;
}

/** A map: one of the module, or one that was found in a map of maps. */
export interface MapOperand {
  readonly kind: "map";
  /** The map, or what it is like. */
  readonly map: MapEntity;
  readonly base: Value;
  readonly nullable: boolean;
}

export type Operand =
  | Literal
  | IntegerOperand
  | BooleanOperand
  | MemoryOperand
  | KernelOperand
  | PointerOperand
  | ContextOperand
  | ContextWordsOperand
  | MapOperand
  | { readonly kind: "null" }
  | { readonly kind: "nothing" }
  | { readonly kind: "entity"; readonly entity: Entity };

/** The type of an operand that can be kept in a variable. */
export function typeOf(operand: Operand): Type | undefined {
  switch (operand.kind) {
    case "integer":
      return { kind: "integer", integer: operand.type };
    case "boolean":
      return { kind: "boolean" };
    case "memory":
      return { kind: "memory", memory: operand.type, nullable: operand.nullable };
    case "kernel":
      if (operand.type.kind !== "struct") return undefined;
      return { kind: "kernel", target: operand.type, nullable: operand.nullable };
    case "context":
      return { kind: "context", context: operand.type, nullable: operand.nullable };
    case "map":
      return { kind: "map", map: operand.map, nullable: operand.nullable };
    case "nothing":
      return { kind: "void" };
    default:
      return undefined;
  }
}
