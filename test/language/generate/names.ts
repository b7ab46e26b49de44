/** What a piece of a program can use: names in reach, what has been checked, what must not change for now. */

import type { Expression, FunctionNode, IntegerName, MapNode, StructType, ValueType } from "../tree.ts";
import type { Random } from "./random.ts";

export interface Name {
  readonly name: string;
  readonly type: ValueType;
  /** Declared with `let`, and no counter of a loop. */
  readonly mutable: boolean;
  /** May stand on the stack. */
  readonly onStack?: boolean;
  /** An element with a variable index: its fields can be used, but it has no address. */
  readonly isChecked?: boolean;
}

/** A function with what calling it may do. */
export interface KnownFunction {
  readonly node: FunctionNode;
  /** Maps whose entries it may replace or delete. */
  readonly replaces: ReadonlySet<string>;
  /** How much code it stands for. */
  readonly weight: number;
  readonly isStep: boolean;
}

/** What is the same for a whole module. */
export interface World {
  readonly random: Random;
  readonly structs: {
    readonly inner: StructType;
    readonly outer: StructType;
    readonly key: StructType;
    /** What stands at the beginning of packets, and elsewhere in them. */
    readonly header: StructType;
  };
  /** Global variables, under their names. */
  readonly globals: readonly Name[];
  readonly maps: readonly MapNode[];
  readonly constants: readonly (Expression & { kind: "constant" })[];
  readonly configs: readonly { readonly name: string; readonly type: IntegerName }[];
  readonly functions: KnownFunction[];
  next: number;
}

/** One function or program while its body is made. */
export interface Body {
  readonly world: World;
  readonly returns: ValueType;
  /** Maps whose entries may be replaced here. */
  readonly replaces: Set<string>;
  /** Maps of which someone holds an entry: it would not be the map's any more once it is replaced. */
  readonly frozen: Set<string>;
  /** Statements that may still be made. */
  budget: number;
  /** Structs that may still be put on the stack. */
  stack: number;
  calls: number;
  weight: number;
  readonly isStep: boolean;
  readonly hasPacket: boolean;
}

export interface Scope {
  readonly body: Body;
  readonly names: readonly Name[];
  /** How many loops there are around. */
  readonly loops: number;
  /** Whether `break` and `continue` lead out of a loop, and not of a switch. */
  readonly inLoop: boolean;
  /** Labels of the loops around. */
  readonly labels: readonly string[];
}

export function fresh({ body }: Scope, prefix: string): string {
  return `${prefix}${body.world.next++}`;
}

/** Names in reach of a type. */
export function namesOf(scope: Scope, isWanted: (type: ValueType) => boolean): Name[] {
  return scope.names.filter(({ type }) => isWanted(type));
}

/** References that are not null. */
export function readable(scope: Scope): Name[] {
  return scope.names.filter(({ type }) => type.kind === "reference" && !type.nullable);
}

/** References that have an address. */
export function references(scope: Scope, to?: StructType): Name[] {
  return readable(scope).filter(
    ({ type, isChecked }) => isChecked !== true && type.kind === "reference" && (to === undefined || type.to === to),
  );
}

export const parameterName = (index: number) => `x${index}`;
export const isParameter = (name: string) => name.startsWith("x");
