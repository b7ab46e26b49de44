/** Contexts of hooks: how long they are, and where they say where their packet, message or option lies. All numbers are bytes. */

import type { ContextSchema } from "../program/context-schema.ts";
import { type ContextName, contexts } from "../program/contexts.ts";
import { hookFunctions } from "../program/hook-table.ts";
import { type HookKind, hookKinds } from "../spec/index.ts";

/** A structure of the kernel's user interface (`include/uapi/linux/bpf.h`): its size, and where members stand that no schema names. */
interface ContextStruct {
  readonly sizeBytes: number;
  readonly metadata?: number;
  readonly length?: number;
}

const structs: Readonly<Record<string, ContextStruct>> = {
  __sk_buff: { sizeBytes: 192, metadata: 140, length: 0 },
  xdp_md: { sizeBytes: 24, metadata: 8 },
  bpf_sock: { sizeBytes: 80 },
  bpf_sock_addr: { sizeBytes: 72 },
  bpf_sock_ops: { sizeBytes: 224 },
  bpf_sockopt: { sizeBytes: 40 },
  bpf_sk_lookup: { sizeBytes: 72 },
  sk_msg_md: { sizeBytes: 80, length: 68 },
  sk_reuseport_md: { sizeBytes: 56, length: 16 },
  bpf_cgroup_dev_ctx: { sizeBytes: 12 },
  bpf_sysctl: { sizeBytes: 8 },
  bpf_flow_keys: { sizeBytes: 56 },
};

/** Members behind where the packet's place stands that programs may write all the same: from, to. */
const writableMembers: Readonly<Record<string, readonly [number, number]>> = { __sk_buff: [152, 160] };

/** Words that programs of tracepoints, functions, iterators and netfilter are handed at most (`MAX_BPF_FUNC_ARGS`, and a result). */
export const mostArguments = 13;
const argumentWords: Readonly<Partial<Record<HookKind, number>>> = { iterator: 8, netfilter: 2 };
/** `struct pt_regs` of x86-64. */
export const registersBytes = 168;

/** How many 64-bit words the context of a hook is; `undefined` where it is no list of words. */
export function contextWordsOf(hook: HookKind): number | undefined {
  const row = rowOf(hook);
  // What no function of the language declares takes arguments, too: operations of structures, extensions.
  return row === undefined || row.form.kind === "words" ? (argumentWords[hook] ?? mostArguments) : undefined;
}

/** The schema of a hook's context, where it is a structure. */
export function contextNameOf(hook: HookKind): ContextName | undefined {
  const form = rowOf(hook)?.form;
  return form?.kind === "context" ? form.name : undefined;
}

/** The size of a schema's structure. */
export const structBytesOf = (name: ContextName): number => structs[contexts[name].struct]?.sizeBytes ?? 0;

const rowOf = (hook: HookKind) => Object.values(hookFunctions).find((row) => row.hook === hook);

const probes: ReadonlySet<string> = new Set(["callArguments", "callResult", "probeArguments"]);

/** How long the context of a hook is at least: whole where it is a structure; 0 where that is not known. */
export function contextBytesOf(hook: HookKind): number {
  const name = contextNameOf(hook);
  if (name !== undefined) return structBytesOf(name);
  if (probes.has(rowOf(hook)?.form.kind ?? "")) return registersBytes;
  return 8 * (contextWordsOf(hook) ?? 0);
}

/** Offsets of the members of a context that say where its bytes lie. */
export interface PacketContext {
  readonly sizeBytes: number;
  readonly start: number;
  readonly end: number;
  /** Size of these pointers: of four bytes, they are linear addresses. */
  readonly pointerBytes: 4 | 8;
  readonly metadata?: number;
  readonly length?: number;
  /** Whether the bytes begin with the Ethernet header, or with the network header behind it. */
  readonly begins: "link" | "network" | "other";
}

/** With which header packets begin, by the type of program. */
const firstHeaders: Readonly<Record<string, "link" | "network">> = {
  xdp: "link",
  trafficControl: "link",
  flowDissector: "link",
  socketFilter: "network",
  cgroupSkb: "network",
};

function packetContextOf(hook: HookKind): PacketContext | undefined {
  const name = contextNameOf(hook);
  const schema = name && (contexts[name] as ContextSchema);
  if (name === undefined || schema?.bytes === undefined) return undefined;
  const { start, end, pointerBytes } = schema.bytes;
  return {
    ...structs[schema.struct]!,
    ...{ start, end, pointerBytes },
    begins: firstHeaders[hookKinds[hook].program] ?? "other",
  };
}

/** Contexts that have bytes, by hook. */
export const packetContexts: Partial<Readonly<Record<HookKind, PacketContext>>> = Object.fromEntries(
  (Object.keys(hookKinds) as HookKind[]).flatMap((hook) => {
    const found = packetContextOf(hook);
    return found === undefined ? [] : [[hook, found]];
  }),
);

/** `__sk_buff`, for helpers that have one in any case. */
export const socketBufferContext = packetContexts.cgroupSkbEgress!;
export const xdpContext = packetContexts.xdp!;

/** What of a context programs may write: the front of it, and perhaps one member behind. */
export interface WritableContext {
  readonly frontBytes: number;
  readonly member: readonly [from: number, to: number];
}

/** A context of which only the front may be written. */
export const writableFront = (frontBytes: number): WritableContext => ({ frontBytes, member: noMember });

const noMember = [0, 0] as const;

/**
 * Of a context with a packet all that may be written is before the members that say where the packet lies, but for `tstamp`: so
 * they always tell the truth.
 */
export function writableContextOf(hook: HookKind): WritableContext {
  const layout = packetContexts[hook];
  const name = contextNameOf(hook);
  const member = (name && writableMembers[contexts[name].struct]) ?? noMember;
  return {
    frontBytes: layout === undefined || layout.begins === "other" ? Number.MAX_SAFE_INTEGER : layout.start,
    member,
  };
}

/** Whether programs of a hook may write into the packet itself. */
export function packetIsWritable(hook: HookKind): boolean {
  const name = contextNameOf(hook);
  return name !== undefined && (contexts[name] as ContextSchema).bytes?.writable === true;
}
