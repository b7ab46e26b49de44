/**
 * What a program is handed, where that is no list of arguments: a structure of the kernel's user interface
 * (`include/uapi/linux/bpf.h`), whose members stand at fixed places. A schema says where; the compiler reads it, and
 * TypeScript gets the type of the value from it.
 */

import type { Integer } from "../bytes/index.ts";
import { u32 } from "../bytes/index.ts";

/** A member of a context. */
export interface ContextField<Value extends number | bigint = number | bigint> {
  readonly kind: "number";
  /** Its name in the kernel. */
  readonly member: string;
  readonly offset: number;
  readonly type: Integer<Value>;
  /** How many bits are in network byte order; programs see the number itself. */
  readonly networkBits?: 16 | 32;
  readonly writable: boolean;
}

/** Several numbers in a row. The index is a constant. */
export interface ContextWords {
  readonly kind: "words";
  readonly member: string;
  readonly offset: number;
  readonly length: number;
  readonly networkBits?: 32;
  readonly writable: boolean;
}

/** The socket, if the kernel knows it. */
export interface ContextSocket {
  readonly kind: "socket";
  readonly member: string;
  readonly offset: number;
}

/** What is known of a flow, always there: a structure of its own, which the context points to. */
export interface ContextFlowKeys {
  readonly kind: "flowKeys";
  readonly member: string;
  readonly offset: number;
}

export type ContextMember = ContextField | ContextWords | ContextSocket | ContextFlowKeys;

/** Bytes that a context gives access to: between two pointers that stand in it. */
export interface ContextBytes {
  readonly start: number;
  readonly end: number;
  /** Pointers in `__sk_buff` and `xdp_md` take 4 bytes in the declaration. */
  readonly pointerBytes: 4 | 8;
  /** Whether they may be written in place. */
  readonly writable: boolean;
  /** Where the whole length stands, which may be more than there is between the pointers. */
  readonly length?: number;
  /** Helpers that copy bytes out and in, also those behind the linear part. */
  readonly load?: "bpf_skb_load_bytes" | "bpf_xdp_load_bytes";
  readonly store?: "bpf_skb_store_bytes" | "bpf_xdp_store_bytes";
}

export interface ContextSchema<Members extends Record<string, ContextMember> = Record<string, ContextMember>> {
  readonly kind: "context";
  /** The structure in the kernel. */
  readonly struct: string;
  readonly members: Members;
  readonly bytes?: ContextBytes;
}

export const number = (member: string, offset: number): ContextField<number> & { readonly writable: false } => ({
  kind: "number",
  member,
  offset,
  type: u32,
  writable: false,
});

export const variable = (member: string, offset: number): ContextField<number> & { readonly writable: true } => ({
  ...number(member, offset),
  writable: true,
});

/** A number that may be written, of another type than `u32`. */
export const typedVariable = <Value extends number | bigint>(
  member: string,
  offset: number,
  type: Integer<Value>,
): ContextField<Value> & { readonly writable: true } => ({ kind: "number", member, offset, type, writable: true });

/** A number of another type than `u32`. */
export const typed = <Value extends number | bigint>(
  member: string,
  offset: number,
  type: Integer<Value>,
): ContextField<Value> & { readonly writable: false } => ({ kind: "number", member, offset, type, writable: false });

/** A member in network byte order, as the number it means. */
export const network = <Writable extends boolean>(
  bits: 16 | 32,
  member: ContextField<number> & { readonly writable: Writable },
): ContextField<number> & { readonly writable: Writable } => ({ ...member, networkBits: bits });

export const words = <const Writable extends boolean>(
  member: string,
  offset: number,
  options: { readonly length: number; readonly writable: Writable; readonly networkBits?: 32 },
): ContextWords & { readonly writable: Writable } => ({ kind: "words", member, offset, ...options });

export const socketPointer = (offset: number): ContextSocket => ({ kind: "socket", member: "sk", offset });

export const flowKeysPointer = (offset: number): ContextFlowKeys => ({ kind: "flowKeys", member: "flow_keys", offset });

export function context<const Members extends Record<string, ContextMember>>(
  struct: string,
  members: Members,
  bytes?: ContextBytes,
): ContextSchema<Members> {
  return { kind: "context", struct, members, ...(bytes && { bytes }) };
}

/** The value that a program has of a context. */
export type ContextValue<Members extends Record<string, ContextMember>> = {
  readonly [Name in keyof Members as Members[Name]["kind"] extends "socket" | "flowKeys"
    ? never
    : Members[Name] extends { readonly writable: true }
      ? never
      : Name]: MemberValue<Members[Name], false>;
} & {
  -readonly [Name in keyof Members as Members[Name] extends { readonly writable: true } ? Name : never]: MemberValue<
    Members[Name],
    true
  >;
};

type MemberValue<Member extends ContextMember, Writable extends boolean> = Member extends ContextWords
  ? Writable extends true
    ? number[]
    : readonly number[]
  : Member extends ContextField<infer Value>
    ? Value
    : never;
