/** The model of every kind of hook that the project has, from the schemas of contexts (`program/contexts.ts`). */

import type { ContextSchema } from "../../program/context-schema.ts";
import { type ContextName, contexts } from "../../program/contexts.ts";
import type { HookKind } from "../../spec/index.ts";
import { contextNameOf, contextWordsOf, mostArguments, registersBytes, structBytesOf } from "../contexts.ts";
import { helpersOf } from "./helper-sets.ts";
import {
  anyResult,
  type ContextFieldModel,
  type ContextModel,
  type HookModel,
  type RegionModel,
  type ReturnModel,
  resultBetween,
  scalarField,
} from "./hook-model.ts";

/** `PERF_MAX_TRACE_SIZE`. */
const recordBytes = 8192;
const mostSyscallBytes = 65_535;

/** Members that no schema names because programs reach them by other ways. */
const moreFields: Readonly<Partial<Record<ContextName, readonly ContextFieldModel[]>>> = {
  SocketBuffer: [
    scalarField("tc_index", 44, 4, true),
    scalarField("tc_classid", 72, 4, true),
    scalarField("napi_id", 84, 4, false),
    scalarField("vlan_proto", 28, 4, false),
    scalarField("tstamp", 152, 8, true),
    scalarField("hwtstamp", 184, 8, false),
    pointerAt("data_meta", 140, { start: "meta" }),
  ],
  TrafficPacket: [
    scalarField("tc_index", 44, 4, true),
    scalarField("napi_id", 84, 4, false),
    scalarField("vlan_proto", 28, 4, false),
    scalarField("tstamp", 152, 8, true),
    scalarField("hwtstamp", 184, 8, false),
    pointerAt("data_meta", 140, { start: "meta" }),
  ],
  XdpPacket: [pointerAt("data_meta", 8, { start: "meta" }), scalarField("egress_ifindex", 20, 4, false)],
  SocketLookup: [scalarField("cookie", 0, 8, false)],
  SocketOperation: [scalarField("skb_tcp_flags", 208, 4, false), scalarField("sk_txhash", 164, 4, true)],
};

function pointerAt(name: string, offset: number, kind: ContextFieldModel["kind"], sizeBytes = 4): ContextFieldModel {
  return { name, offset, sizeBytes, kind, writable: false, narrow: false };
}

function fieldsOf(name: ContextName): ContextFieldModel[] {
  const { members, bytes } = contexts[name] as ContextSchema;
  const fields = Object.values(members).map((member): ContextFieldModel => {
    switch (member.kind) {
      case "number":
        return scalarField(member.member, member.offset, member.type.sizeBytes, member.writable);
      case "words":
        return scalarField(member.member, member.offset, member.length * 4, member.writable);
      case "socket":
        return pointerAt(member.member, member.offset, { socket: "common" }, 8);
      default:
        return pointerAt(member.member, member.offset, { memory: "flow keys", sizeBytes: 56, writable: true }, 8);
    }
  });
  if (bytes !== undefined) {
    fields.push(
      pointerAt("data", bytes.start, { start: "packet" }, bytes.pointerBytes),
      pointerAt("data_end", bytes.end, { end: "packet" }, bytes.pointerBytes),
    );
    if (bytes.length !== undefined) fields.push(scalarField("len", bytes.length, 4, false));
  }
  const named = new Set(fields.map(({ offset }) => offset));
  return [...fields, ...(moreFields[name] ?? []).filter(({ offset }) => !named.has(offset))];
}

function contextStruct(name: ContextName): ContextModel {
  return { kind: "struct", sizeBytes: structBytesOf(name), fields: fieldsOf(name) };
}

const kernelWords = (kind: HookKind): ContextModel => ({
  kind: "words",
  count: contextWordsOf(kind) ?? mostArguments,
  word: "word",
});
const registers: ContextModel = { kind: "bytes", mostBytes: registersBytes, writable: false };

/** What the kernel takes back from each kind; any number where a kind is not here (`check_return_code`). */
const results: Readonly<Partial<Record<HookKind, ReturnModel>>> = {
  fentry: resultBetween(0, 0),
  fexit: resultBetween(0, 0),
  iterator: resultBetween(0, 1),
  kprobeSession: resultBetween(0, 1),
  uprobeSession: resultBetween(0, 1),
  lsm: resultBetween(-4095, 0),
  lsmCgroup: resultBetween(0, 1),
  netfilter: resultBetween(0, 1),
  cgroupSkbIngress: resultBetween(0, 1),
  cgroupSkbEgress: resultBetween(0, 3),
  ...ofAll(["socketCreate", "socketRelease", "postBind4", "postBind6"], resultBetween(0, 1)),
  ...ofAll(["bind4", "bind6"], resultBetween(0, 3)),
  ...ofAll(["connect4", "connect6", "connectUnix", "sendmsg4", "sendmsg6"], resultBetween(0, 1)),
  ...ofAll(["recvmsg4", "recvmsg6", "getpeername4", "getpeername6"], resultBetween(1, 1)),
  ...ofAll(["getsockname4", "getsockname6"], resultBetween(1, 1)),
  ...ofAll(["getSocketOption", "setSocketOption"], resultBetween(0, 1)),
  ...ofAll(["cgroupDevice", "cgroupSysctl", "socketOps", "socketLookup"], resultBetween(0, 1)),
};

function ofAll(kinds: readonly HookKind[], model: ReturnModel): Partial<Record<HookKind, ReturnModel>> {
  return Object.fromEntries(kinds.map((kind) => [kind, model]));
}

/** Contexts that are no schema's. */
const otherContexts: Readonly<Partial<Record<HookKind, ContextModel>>> = {
  rawTracepoint: { kind: "words", count: mostArguments, word: "scalar" },
  tracepoint: { kind: "bytes", mostBytes: recordBytes, writable: false, firstByte: 8 },
  perfEvent: { kind: "bytes", mostBytes: registersBytes + 16, writable: false },
  syscall: { kind: "bytes", mostBytes: mostSyscallBytes, writable: true },
  ...Object.fromEntries(
    ["kprobe", "kretprobe", "kprobeMulti", "kretprobeMulti", "kprobeSession", "usdt"].map((kind) => [kind, registers]),
  ),
  ...Object.fromEntries(
    ["uprobe", "uretprobe", "uprobeMulti", "uretprobeMulti", "uprobeSession"].map((kind) => [kind, registers]),
  ),
};

/** Where packets may be changed in place. */
const socketBufferReaders: ReadonlySet<HookKind> = new Set(["socketFilter", "cgroupSkbIngress", "cgroupSkbEgress"]);
const packetLoaders: ReadonlySet<HookKind> = new Set([
  ...socketBufferReaders,
  "trafficControl",
  "tcxIngress",
  "tcxEgress",
]);

function modelOf(kind: HookKind): HookModel {
  const schema = contextNameOf(kind);
  const context = otherContexts[kind] ?? (schema === undefined ? kernelWords(kind) : contextStruct(schema));
  const bytes = schema === undefined ? undefined : (contexts[schema] as ContextSchema).bytes;
  const regions: RegionModel[] =
    bytes === undefined
      ? []
      : [
          { name: "packet", writable: bytes.writable },
          { name: "meta", writable: bytes.writable },
        ];
  return {
    name: kind,
    context,
    returns: results[kind] ?? anyResult,
    regions,
    helpers: helpersOf(kind),
    packetLoads: packetLoaders.has(kind),
  };
}

const made = new Map<HookKind, HookModel>();

/** The model of a kind of hook. */
export function hookModelOf(kind: HookKind): HookModel {
  const known = made.get(kind) ?? modelOf(kind);
  made.set(kind, known);
  return known;
}

/** An iterator over the values of a socket storage: the socket and its value, both null at the end. */
export const socketStorageIteratorModel: HookModel = {
  ...modelOf("iterator"),
  context: { kind: "words", count: 4, word: "word", others: { 3: "walkedValue" } },
};
