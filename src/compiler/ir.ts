/** The intermediate representation: SSA values in basic blocks. Every value knows the source it comes from. */

import type {
  AccessSize,
  AluOperation,
  AtomicSize,
  Condition,
  HelperName,
  UnaryOperation,
  Width,
} from "../isa/index.ts";
import type { CoreRelocationKind } from "../spec/collection.ts";
import type { Place } from "./source.ts";
import type { KernelStruct, Type } from "./types.ts";

/** What depends on the running kernel's types: a member of a structure, or an enumerator. */
export interface Relocation {
  readonly kind: CoreRelocationKind;
  readonly root: KernelStruct | { readonly kind: "enumeration"; readonly name: string; readonly enumerator: string };
  readonly access: string;
}

/** A check that sits inside an instruction, right in front of what it guards: operand `operand` is at most `maximum`. */
export interface Guard {
  readonly operand: number;
  readonly maximum: number;
}

/** What a value is computed by. Its operands stand beside it, in `Value.operands`. */
export type Operation =
  /** A number: the 64 bits of a register, unsigned. */
  | { readonly kind: "constant"; readonly value: bigint }
  /** Argument `index` of the hook, all 64 bits. */
  | { readonly kind: "argument"; readonly index: number }
  /** What the hook hands over, by reference. It stands in r1 when the routine begins. */
  | { readonly kind: "context" }
  /** Parameter `index` of a function, in its register. */
  | { readonly kind: "parameter"; readonly index: number }
  /** The address of a region of the stack of its own. */
  | { readonly kind: "frame"; readonly sizeBytes: number }
  /** A map, as helpers take it. */
  | { readonly kind: "map"; readonly map: string }
  /** The address of a byte of a one-entry map. */
  | { readonly kind: "mapValue"; readonly map: string; readonly offset: number }
  /** One operand for each predecessor of the block. */
  | { readonly kind: "phi"; readonly isNumber: boolean }
  /** `a (op) b`. */
  | {
      readonly kind: "alu";
      readonly alu: AluOperation;
      readonly width: Width;
      /** The result is a pointer to something. */
      readonly nonNull?: true;
    }
  | { readonly kind: "unary"; readonly unary: UnaryOperation }
  /** The low 32 bits; the upper ones become zero. */
  | { readonly kind: "truncate" }
  /** 1 if `a (cond) b`, else 0. */
  | { readonly kind: "compare"; readonly condition: Condition; readonly width: Width }
  /** `a` if `a (cond) b`, else `b`: minimum and maximum. */
  | {
      readonly kind: "choose";
      readonly condition: Condition;
      readonly width: Width;
      /** Both are unsigned and of at most 32 bits. */
      readonly narrow: boolean;
    }
  /** The operand, of which the verifier is to know that it is at most `maximum`, as it always is. */
  | { readonly kind: "bounded"; readonly maximum: number }
  /** A constant that must be in a register. Made by `shape`. */
  | { readonly kind: "materialize" }
  /** `*(base + offset)`; `constant` memory never changes; a pointer into a packet stays until the packet is changed. */
  | {
      readonly kind: "load";
      readonly sizeBytes: AccessSize;
      readonly offset: number;
      readonly relocation?: Relocation;
      readonly constant?: boolean;
      readonly packet?: true;
    }
  /** `*(base + offset) = value`. */
  | { readonly kind: "store"; readonly sizeBytes: AccessSize; readonly offset: number }
  /** Zeroes a region at `base + offset`. */
  | { readonly kind: "zero"; readonly sizeBytes: number; readonly offset: number }
  /** `*(base + offset + index * stride)`, or zero if `index > maximum`. */
  | {
      readonly kind: "checkedLoad";
      readonly sizeBytes: AccessSize;
      readonly offset: number;
      readonly stride: number;
      readonly maximum: number;
      /** The index is never more, as the verifier knows too. */
      readonly isWithin?: true;
    }
  /** `*(base + offset + index * stride) = value`, or nothing if `index > maximum`. */
  | {
      readonly kind: "checkedStore";
      readonly sizeBytes: AccessSize;
      readonly offset: number;
      readonly stride: number;
      readonly maximum: number;
      /** The index is never more, as the verifier knows too. */
      readonly isWithin?: true;
    }
  /** A kernel helper. */
  | { readonly kind: "call"; readonly helper: HelperName }
  /**
   * A kernel helper behind guards; `onFailure` is the result if one does not hold. The first `count` operands are its
   * arguments; `advance` adds later operands to arguments once they are checked.
   */
  | {
      readonly kind: "guardedCall";
      readonly helper: HelperName;
      readonly count: number;
      readonly guards: readonly Guard[];
      readonly advance: readonly { readonly argument: number; readonly by: number }[];
      readonly onFailure: number;
    }
  | {
      readonly kind: "atomic";
      readonly atomic: "add" | "exchange" | "compareExchange";
      readonly sizeBytes: AtomicSize;
      readonly offset: number;
    }
  /** A number that is filled in when the program is loaded. */
  | { readonly kind: "core"; readonly relocation: Relocation; readonly wide?: true }
  /** `base + offset of a member`. */
  | { readonly kind: "coreAddress"; readonly relocation: Relocation }
  /** The address of another routine, for a helper that calls it back. */
  | { readonly kind: "function"; readonly routine: Routine }
  /** Another routine, called with the operands. */
  | { readonly kind: "callFunction"; readonly routine: Routine }
  /** A function of the kernel, called with the operands. */
  | {
      readonly kind: "callKernel";
      readonly name: string;
      readonly parameters: readonly Type[];
      readonly result: Type;
    }
  /** The address of a function of the kernel; zero where it has none. */
  | { readonly kind: "kernelAddress"; readonly name: string }
  /** A number of which the verifier knows nothing. */
  | { readonly kind: "unknown" }
  /** The bits of a pointer as a plain number. */
  | { readonly kind: "address" };

export type OperationKind = Operation["kind"];

/** A value or an action. */
export interface Value {
  readonly id: number;
  op: Operation;
  readonly operands: Value[];
  readonly place: Place;
}

/** How a block ends. */
export type End =
  | { readonly kind: "jump"; readonly to: Block; readonly place: Place }
  | {
      readonly kind: "branch";
      readonly condition: Condition;
      readonly width: Width;
      /** The two values compared. */
      readonly operands: [Value, Value];
      readonly then: Block;
      readonly otherwise: Block;
      readonly place: Place;
      /** The verifier has to see it, even where it can be worked out. */
      readonly guard?: boolean;
    }
  | { readonly kind: "return"; readonly operands: [Value]; readonly place: Place };

export interface Block {
  readonly id: number;
  phis: Value[];
  body: Value[];
  /** Absent only while the block is being built. */
  end?: End;
  predecessors: Block[];
}

/** What a routine is to the one that has it. */
export type RoutineRole =
  | { readonly kind: "program" }
  /** A function whose address a helper takes. */
  | { readonly kind: "callback" }
  | {
      readonly kind: "function";
      readonly linkage: "static" | "global";
      readonly parameters: readonly Type[];
      readonly result: Type;
    };

/** One program's code, or that of a function which it calls or hands to the kernel. The entry block comes first. */
export interface Routine {
  readonly name: string;
  readonly role: RoutineRole;
  readonly place: Place;
  blocks: Block[];
  /** The next free id of a value or block. */
  nextId: number;
}

/** Operations whose only effect is their value. */
const pure: ReadonlySet<OperationKind> = new Set([
  ...([
    "constant",
    "context",
    "parameter",
    "function",
    "argument",
    "frame",
    "map",
    "mapValue",
    "phi",
    "alu",
    "unary",
    "truncate",
    "compare",
    "choose",
  ] as const),
  ...(["materialize", "unknown", "load", "checkedLoad", "core", "coreAddress", "address", "kernelAddress"] as const),
]);

/** Whether a value may be dropped when nobody uses it. */
export function isPure({ op }: Value): boolean {
  return pure.has(op.kind);
}

/** Whether equal operands always give an equal value, wherever it is computed. */
export function isRepeatable({ op }: Value): boolean {
  if (op.kind === "load") return op.constant === true;
  return isPure({ op } as Value) && !["checkedLoad", "phi", "frame", "function"].includes(op.kind);
}

/** Whether the value is written into the instruction that uses it, and needs no register. */
export function isInline({ op }: Value): boolean {
  return op.kind === "constant" || op.kind === "frame" || op.kind === "map" || op.kind === "function";
}

/** Whether the operation gives a value at all. */
export function hasResult({ op }: Value): boolean {
  return op.kind !== "store" && op.kind !== "checkedStore" && op.kind !== "zero";
}

export function isCall({ op }: Value): boolean {
  return op.kind === "call" || op.kind === "guardedCall" || op.kind === "callFunction" || op.kind === "callKernel";
}

export function operandsOfEnd(end: End): Value[] {
  return end.kind === "jump" ? [] : end.operands;
}

export function successors({ end }: Block): Block[] {
  if (end?.kind === "jump") return [end.to];
  if (end?.kind === "branch") return [end.then, end.otherwise];
  return [];
}
