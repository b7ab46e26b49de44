/** What a compiler can know of a register without running: constants, maps, distances from one value to another. */

import { callOpcode, callRegisterOpcode, callSources } from "../../isa/call.ts";
import { mapFlags } from "../../spec/index.ts";
import type { LinkedProgram } from "../link.ts";
import type { SandboxMap } from "../maps/map.ts";

/** What is known of a register. */
export type Value =
  /** The end of this function's stack frame, and a distance from it. */
  | { readonly kind: "frame"; readonly offset: number }
  | { readonly kind: "number"; readonly low: number; readonly high: number }
  | { readonly kind: "map"; readonly map: SandboxMap }
  | { readonly kind: "function"; readonly slot: number }
  /** A place in the first value of an array, which is there as long as the map. */
  | { readonly kind: "place"; readonly map: SandboxMap; readonly offset: number }
  | SymbolValue;

/** Some value, always the same one for the same symbol, and a distance from it. */
export interface SymbolValue {
  readonly kind: "symbol";
  readonly symbol: number;
  readonly offset: number;
  /** A guess of which pointer the symbol was made from: another symbol, or none for what is more likely a number. */
  readonly root: number | undefined;
  /** The symbol is no greater; infinity when that is not known. */
  readonly most: number;
  /** The symbol lies so far behind another one, at least and at most. */
  readonly behind: { readonly symbol: number; readonly least: number; readonly most: number } | undefined;
  /** It is what a look-up gave: a value of this map, or null. */
  readonly lookedUpIn: SandboxMap | undefined;
  /** It is the packet's end, or not before its beginning; while the state has this epoch. */
  readonly packet: { readonly part: "inside" | "end"; readonly epoch: number } | undefined;
}

/** What is known of a new symbol; its root is itself when nothing is said. */
export interface SymbolFacts {
  readonly root?: number | undefined;
  readonly most?: number;
  readonly behind?: SymbolValue["behind"];
  readonly lookedUpIn?: SandboxMap | undefined;
  readonly packet?: SymbolValue["packet"];
}

/** Makes a new symbol. */
export type Fresh = (known?: SymbolFacts) => SymbolValue;

export function freshSymbols(): Fresh {
  let symbols = 0;
  return (known = {}) => {
    const symbol = symbols++;
    const root = "root" in known ? known.root : symbol;
    const { most = Number.POSITIVE_INFINITY, behind, lookedUpIn, packet } = known;
    return { kind: "symbol", symbol, offset: 0, root, most, behind, lookedUpIn, packet };
  };
}

export const rootOf = (value: Value): number | undefined => (value.kind === "symbol" ? value.root : undefined);

/** The greatest that a value can be, without a sign. */
export function mostOf(value: Value): number {
  if (value.kind === "number") return value.high === 0 ? value.low >>> 0 : Number.POSITIVE_INFINITY;
  return value.kind === "symbol" && value.offset === 0 ? value.most : Number.POSITIVE_INFINITY;
}

export function isSame(one: Value, other: Value): boolean {
  if (one === other) return true;
  if (one.kind === "symbol" && other.kind === "symbol") {
    return one.symbol === other.symbol && one.offset === other.offset;
  }
  if (one.kind === "frame" && other.kind === "frame") return one.offset === other.offset;
  if (one.kind === "number" && other.kind === "number") return one.low === other.low && one.high === other.high;
  if (one.kind === "map" && other.kind === "map") return one.map === other.map;
  if (one.kind === "place" && other.kind === "place") return one.map === other.map && one.offset === other.offset;
  return one.kind === "function" && other.kind === "function" && one.slot === other.slot;
}

/** Bytes that have been reached of the object behind a symbol. */
export interface Reached {
  readonly low: number;
  readonly high: number;
  /** What may be written is the front of what may be read. */
  readonly written: number;
}

/** What is known at one place of a function. */
export interface State {
  registers: Value[];
  /** By symbol. States share it: what adds to it makes another. */
  reached: ReadonlyMap<number, Reached>;
  /** Another number after each call that may move the packet. */
  epoch: number;
}

/** A value of a map, which is there. */
export function wholeValue({ spec }: SandboxMap): Reached {
  const isReadOnly = spec.frozen === true || (spec.flags & mapFlags.readOnlyInProgram) !== 0;
  return { low: 0, high: spec.valueSizeBytes, written: isReadOnly ? 0 : spec.valueSizeBytes };
}

/** Both ranges lie in one object: so does what is between them. */
function hull(one: Reached | undefined, other: Reached): Reached {
  if (one === undefined) return other;
  return {
    low: Math.min(one.low, other.low),
    high: Math.max(one.high, other.high),
    written: Math.max(one.written, other.written),
  };
}

/** What has been reached, and more; the same map when it is no more. */
export function withReached(
  reached: ReadonlyMap<number, Reached>,
  symbol: number,
  range: Reached,
): ReadonlyMap<number, Reached> {
  const before = reached.get(symbol);
  const after = hull(before, range);
  const isMore =
    before === undefined || after.low < before.low || after.high > before.high || after.written > before.written;
  return isMore ? new Map(reached).set(symbol, after) : reached;
}

/** Helpers after which every object is still there and as long as it was. */
const keepsObjects: ReadonlySet<number> = new Set([
  1, 4, 5, 6, 7, 8, 14, 15, 16, 28, 35, 45, 46, 47, 80, 112, 113, 114, 115, 118, 125, 160, 182,
]);

/** Whether a call at `slot` may free or change objects. */
export function freesObjects({ opcodes, src, immediates }: LinkedProgram, slot: number): boolean {
  const isHelper = opcodes[slot] === callOpcode && src[slot] === callSources.helper;
  return !isHelper || !keepsObjects.has(immediates[slot]!);
}

export const isCall = (opcode: number): boolean => opcode === callOpcode || opcode === callRegisterOpcode;
