/** What a name at the top level of a module can stand for. */

import type { HookDefinition } from "../program/define-hook.ts";
import type { HookFunctionName } from "../program/hook-table.ts";
import type { MapTypeName } from "../spec/index.ts";
import type { Module } from "./module.ts";
import type { Place } from "./source.ts";
import type { ArrowFunctionExpression, FunctionNode } from "./syntax.ts";
import type { IntegerType, MemoryType } from "./types.ts";

export type Entity =
  /** Something the language itself gives: a cast, a helper, a hook. */
  | { readonly kind: "intrinsic"; readonly name: string }
  | { readonly kind: "integerType"; readonly type: IntegerType }
  | { readonly kind: "memoryType"; readonly type: MemoryType }
  | MapEntity
  | ConfigEntity
  | GlobalEntity
  | ConstantEntity
  | { readonly kind: "truth"; readonly value: boolean }
  | { readonly kind: "text"; readonly value: string }
  /** `hook`: what `defineHook` gives, whose members are the numbers that programs return. */
  | { readonly kind: "object"; readonly members: ReadonlyMap<string, Entity>; readonly hook?: HookDefinition }
  /** What `import * as name` gives. */
  | { readonly kind: "namespace"; readonly module: Module }
  | FunctionEntity
  | SubprogramEntity
  | KernelFunctionEntity
  | ProgramEntity;

/** A number known at compile time: `4096` or, `wide`, `4096n`. */
export interface ConstantEntity {
  readonly kind: "constant";
  readonly value: bigint;
  readonly wide: boolean;
}

export interface MapEntity {
  readonly kind: "map";
  readonly name: string;
  readonly type: MapTypeName;
  /** Absent for ring buffers, storage and, as it is always a `u32`, arrays. */
  readonly key?: IntegerType | MemoryType;
  readonly value?: IntegerType | MemoryType;
  /** What the maps inside it are like. */
  readonly inner?: MapEntity;
  /** What it holds from the start. */
  readonly contents?: () => readonly (MapEntity | ProgramEntity)[];
  /** The most frames of a call stack. */
  readonly depth?: number;
  /** How many bits a value sets in a bloom filter. */
  readonly hashes?: number;
  readonly maxEntries: number;
  readonly mmapable: boolean;
  readonly place: Place;
}

export interface ConfigEntity {
  readonly kind: "config";
  readonly name: string;
  readonly type: IntegerType;
  readonly initial: bigint;
  readonly place: Place;
}

export interface GlobalEntity {
  readonly kind: "global";
  readonly name: string;
  readonly type: IntegerType | MemoryType;
  /** What a number begins as; all else begins as zeros. */
  readonly initial: bigint;
  readonly place: Place;
}

export interface FunctionEntity {
  readonly kind: "function";
  readonly name: string;
  readonly node: FunctionNode;
  readonly module: Module;
}

/** A function that stays one. */
export interface SubprogramEntity {
  readonly kind: "subprogram";
  readonly name: string;
  readonly linkage: "static" | "global";
  readonly node: ArrowFunctionExpression;
  readonly module: Module;
  readonly place: Place;
}

/** A function of the kernel that the module declares. */
export interface KernelFunctionEntity {
  readonly kind: "kernelFunction";
  readonly name: string;
  readonly node: FunctionNode;
  readonly module: Module;
}

export interface ProgramEntity {
  readonly kind: "program";
  readonly name: string;
  readonly hook: HookFunctionName;
  readonly target: string;
  /** The application's hook that it is for. */
  readonly defined?: HookDefinition;
  /** The map that is walked, for `socketStorageIterator`. */
  readonly map?: MapEntity;
  readonly handler: ArrowFunctionExpression;
  readonly module: Module;
  readonly place: Place;
}

const descriptions: Record<Entity["kind"], string> = {
  intrinsic: "a function of the language",
  integerType: "a type",
  memoryType: "a type",
  map: "a map",
  config: "a configuration value",
  global: "a global variable",
  constant: "a number",
  truth: "a boolean",
  text: "a string",
  object: "an object of constants",
  namespace: "a module",
  function: "a function",
  subprogram: "a function",
  kernelFunction: "a function of the kernel",
  program: "a program",
};

export function describeEntity(entity: Entity): string {
  return descriptions[entity.kind];
}
