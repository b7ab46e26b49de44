/** What a hook hands to its programs, what it takes back, and what they may call there. */

import type { HelperName } from "../../isa/index.ts";
import type { SocketKind } from "./value.ts";

/** What a field of a context is when it is loaded. */
export type FieldKind =
  | "scalar"
  /** The first byte of a region, and the byte behind its last. */
  | { readonly start: string }
  | { readonly end: string }
  /** A socket, or null. */
  | { readonly socket: SocketKind }
  /** A structure of the kernel of a type that nobody says, or a number. */
  | "word"
  /** Memory of that size. */
  | { readonly memory: string; readonly sizeBytes: number; readonly writable: boolean }
  /** A value of the map that the hook walks, or null. */
  | "walkedValue";

export interface ContextFieldModel {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly kind: FieldKind;
  readonly writable: boolean;
  /** Parts of it may be loaded, at places that are multiples of their size. */
  readonly narrow: boolean;
}

export type ContextModel =
  /** Fields at fixed places. */
  | { readonly kind: "struct"; readonly sizeBytes: number; readonly fields: readonly ContextFieldModel[] }
  /** 64-bit words, all of one kind; those that differ are named. */
  | {
      readonly kind: "words";
      readonly count: number;
      readonly word: "scalar" | "word";
      readonly others?: Readonly<Record<number, FieldKind>>;
    }
  /** Plain bytes, whose number the runtime compares with the facts of the program (`contextBytes`). */
  | { readonly kind: "bytes"; readonly mostBytes: number; readonly writable: boolean; readonly firstByte?: number }
  /** `r1` points to so many bytes, `r2` is their number. For programs outside of any kernel. */
  | {
      readonly kind: "memory";
      readonly sizeBytes: number;
      readonly writable: boolean;
      /** Only so many bytes from the beginning may be written; all of them when absent. */
      readonly writableBytes?: number;
      /** For messages: `the memory` when absent. */
      readonly name?: string;
    };

/** The numbers that a hook takes back. */
export type ReturnModel =
  | { readonly kind: "any" }
  | { readonly kind: "range"; readonly least: number; readonly most: number }
  | { readonly kind: "set"; readonly values: readonly number[] };

/** What can be done with the bytes of a region. */
export interface RegionModel {
  readonly name: string;
  readonly writable: boolean;
}

export interface HookModel {
  /** For messages: `xdp`. */
  readonly name: string;
  readonly context: ContextModel;
  readonly returns: ReturnModel;
  readonly regions: readonly RegionModel[];
  readonly helpers: "all" | ReadonlySet<HelperName>;
  /** The deprecated loads of packets (`ldabs`, `ldind`) exist. */
  readonly packetLoads: boolean;
}

export const anyResult: ReturnModel = { kind: "any" };
export const resultBetween = (least: number, most: number): ReturnModel => ({ kind: "range", least, most });

/** A field that is a number. */
export const scalarField = (name: string, offset: number, sizeBytes: number, writable: boolean): ContextFieldModel => ({
  name,
  offset,
  sizeBytes,
  kind: "scalar",
  writable,
  narrow: true,
});

/** The model of a program that works on plain memory, as the conformance cases of the RFC do. */
export const memoryHook = (sizeBytes: number): HookModel => ({
  name: "memory",
  context: { kind: "memory", sizeBytes, writable: true },
  returns: anyResult,
  regions: [],
  helpers: "all",
  packetLoads: false,
});
