/** Where programs run. The name of the exported constant is the program's name. */

import type { KernelStruct } from "./kernel-types.ts";
import type { ObjectStorage, ReferenceTo } from "./maps.ts";
import type { Type } from "./types.ts";

export type HookKind = "tpBtf" | "rawTracepoint" | "fentry" | "fexit" | "iterator" | "socketStorageIterator";

/** A kernel program. Its code is in the module's text; here is only where it runs. */
export interface Program<Kind extends HookKind = HookKind> {
  readonly kind: "program";
  readonly hook: Kind;
  readonly target: string;
}

/** What a handler takes: the hook's arguments by position, each with its type written down. Trailing ones may be left out. */
// biome-ignore lint/suspicious/noExplicitAny: a handler names the types of its own parameters
type Handler = (...args: any[]) => void | number;

/** A tracepoint, with typed arguments: those of its `TP_PROTO`. */
export function tpBtf(target: string, _handler: Handler): Program<"tpBtf"> {
  return { kind: "program", hook: "tpBtf", target };
}

/** A tracepoint whose arguments are plain 64-bit numbers. */
export function rawTracepoint(target: string, _handler: Handler): Program<"rawTracepoint"> {
  return { kind: "program", hook: "rawTracepoint", target };
}

/** The entry of a kernel function. */
export function fentry(target: string, _handler: Handler): Program<"fentry"> {
  return { kind: "program", hook: "fentry", target };
}

/** The return of a kernel function: its parameters, all of them, then its result. */
export function fexit(target: string, _handler: Handler): Program<"fexit"> {
  return { kind: "program", hook: "fexit", target };
}

/** A walk over kernel objects: `iterator("task", (task: task_struct | null) => …)`, null at the end. */
export function iterator(target: string, _handler: Handler): Program<"iterator"> {
  return { kind: "program", hook: "iterator", target };
}

/** A walk over all sockets that have a value in `storage`; both null at the end. */
export function socketStorageIterator<V extends Type, Socket extends KernelStruct>(
  _storage: ObjectStorage<KernelStruct, V>,
  _handler: (socket: Socket | null, value: ReferenceTo<V> | null) => void | number,
): Program<"socketStorageIterator"> {
  return { kind: "program", hook: "socketStorageIterator", target: "bpf_sk_storage_map" };
}
