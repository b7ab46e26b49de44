/** What the running kernel can do, tried out once and remembered: hooks, types of maps, helpers. */

import { existsSync } from "node:fs";
import { createBtfBuilder } from "../btf/index.ts";
import { TarsierError } from "../errors/error.ts";
import { mov } from "../isa/alu.ts";
import { callHelper, exit } from "../isa/call.ts";
import { encode } from "../isa/encode.ts";
import { type HelperName, helperIds } from "../isa/helpers.ts";
import { r0 } from "../isa/instruction.ts";
import {
  type HookKind,
  type HookKindRow,
  hookKinds,
  type MapSpec,
  type MapTypeName,
  mapFlags,
  type ProgramSpec,
  type ProgramTypeName,
  programTypes,
} from "../spec/index.ts";
import { attachTargetOf } from "./attach-target.ts";
import { programLoad } from "./attribute.ts";
import { attribute, tryBpf } from "./bpf.ts";
import { cString, textOf } from "./c-string.ts";
import { createMap } from "./create-map.ts";
import { errnoName, errnoNumber } from "./errno.ts";
import { addressOf, closeDescriptor, undisturbed } from "./libc.ts";
import { kernelProbesLink, netfilterLink, orderedLink, userProbesLink } from "./link-attribute.ts";
import { loadBtf } from "./load-btf.ts";
import { loadProgram } from "./program.ts";
import { hookRequirements } from "./requirements.ts";
import { kernelTypes } from "./vmlinux.ts";

/** Whether the kernel has something, and why not. */
export interface ProbeResult {
  readonly available: boolean;
  /** Empty where it is available. */
  readonly reason: string;
}

const yes: ProbeResult = { available: true, reason: "" };
const known = new Map<string, ProbeResult>();

function once(key: string, probe: () => ProbeResult): ProbeResult {
  const result = known.get(key) ?? probe();
  known.set(key, result);
  return result;
}

/** Targets that every kernel has which has such hooks at all. */
const targets: Partial<Record<HookKind, string>> = {
  tpBtf: "sys_enter",
  rawTracepoint: "sys_enter",
  fentry: "bpf_fentry_test1",
  fexit: "bpf_fentry_test1",
  modifyReturn: "security_file_open",
  iterator: "task",
  lsm: "file_open",
  lsmCgroup: "socket_bind",
};

/** A program that does nothing, for a hook. */
export function emptyProgram(kind: HookKind, target = targets[kind] ?? ""): ProgramSpec {
  return {
    name: `probe_${kind}`,
    hook: { kind, target },
    code: encode([mov.imm(r0, passingReturn(kind)), exit()]),
    maps: [],
    relocations: [],
    functions: [],
    lines: [],
  };
}

/** Types of programs that let through what they see by returning 1. */
const passedByOne: ReadonlySet<ProgramTypeName> = new Set([
  "cgroupSkb",
  "cgroupSocket",
  "cgroupSocketAddress",
  "cgroupDevice",
  "cgroupSysctl",
  "cgroupSocketOption",
  "netfilter",
  "socketLookup",
  "socketReuseport",
  "skSkb",
  "skMsg",
]);
const xdpPass = 2;
/** `TCX_NEXT`: the programs after it have their turn. */
const tcxNext = -1;

function passingReturn(kind: HookKind): number {
  if (kind === "xdp") return xdpPass;
  if (hookKinds[kind].program === "trafficControl") return tcxNext;
  return kind === "lsmCgroup" || passedByOne.has(hookKinds[kind].program) ? 1 : 0;
}

/**
 * Whether programs of that kind can be loaded, and attached where that can be found out without attaching. Needs the
 * rights to load programs.
 */
export function probeHook(kind: HookKind): ProbeResult {
  return once(`hook ${kind}`, () => {
    if (kind === "structOps" || kind === "extension") {
      const host = kind === "extension" ? probeHook("fentry") : probeMap("structOps");
      return host;
    }
    try {
      const spec = emptyProgram(kind);
      const target = attachTargetOf(spec, undefined);
      try {
        const program = loadProgram(spec, {
          code: spec.code,
          license: "GPL",
          btfFd: -1,
          target,
          descriptors: [],
          text: () => "",
          missing: new Map(),
        });
        try {
          return probeLink(kind, program.fd);
        } finally {
          program.close();
        }
      } finally {
        if (target.ownsObject) closeDescriptor(target.objectFd);
      }
    } catch (error) {
      return no(error);
    }
  });
}

/** Attaches in a way that must fail, and tells by the errno whether the kernel knows the link. */
function probeLink(kind: HookKind, programFd: number): ProbeResult {
  const { attach = 0 }: HookKindRow = hookKinds[kind];
  const head = { programFd, attachType: attach };
  const path = cString("/");
  const one = new Uint8Array(8);
  const refused = (() => {
    switch (kind) {
      case "kprobeMulti":
      case "kretprobeMulti":
      case "kprobeSession":
        // Without a function: EINVAL where the kernel knows it, EOPNOTSUPP where it was built without.
        return tryBpf("linkCreate", attribute(kernelProbesLink, head)) === -errnoNumber("EINVAL")
          ? undefined
          : "EOPNOTSUPP";
      case "uprobeMulti":
      case "uretprobeMulti":
      case "uprobeSession": {
        const values = { ...head, path: addressOf(path), offsets: addressOf(one), count: 1 };
        // A directory is no program: EBADF where the kernel knows it (as libbpf asks).
        const result = tryBpf("linkCreate", attribute(userProbesLink, values), path, one);
        return result === -errnoNumber("EBADF") ? undefined : errnoName(-result);
      }
      case "tcxIngress":
      case "tcxEgress":
      case "trafficControl": {
        const values = { ...head, attachType: hookKinds.tcxIngress.attach, target: 0x7fff_ffff };
        const result = tryBpf("linkCreate", attribute(orderedLink, values));
        return result === -errnoNumber("ENODEV") ? undefined : errnoName(-result);
      }
      case "netfilter": {
        const result = tryBpf("linkCreate", attribute(netfilterLink, { ...head, family: 0 }));
        return result === -errnoNumber("EAFNOSUPPORT") ? undefined : errnoName(-result);
      }
      default:
        return undefined;
    }
  })();
  if (refused === undefined) return kind === "kprobe" || kind === "kretprobe" ? probeSource() : yes;
  const { since, config } = hookRequirements[kind] ?? { since: "?" };
  return {
    available: false,
    reason: `this kernel makes no links of the kind ${kind} (${refused}); it takes Linux ${since}${config === undefined ? "" : ` with ${config}`}`,
  };
}

/** Shapes that each type of map takes. */
const shapes: Partial<Record<MapTypeName, Partial<MapSpec>>> = {
  lpmTrie: { keySizeBytes: 8, flags: 1 },
  stackTrace: { valueSizeBytes: 8 * 127 },
  queue: { keySizeBytes: 0 },
  stack: { keySizeBytes: 0 },
  bloomFilter: { keySizeBytes: 0 },
  ringBuffer: { keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 * 16 },
  userRingBuffer: { keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 * 16 },
  arena: { keySizeBytes: 0, valueSizeBytes: 0, flags: 1 << 10 },
};
const storageTypes: ReadonlySet<MapTypeName> = new Set([
  "socketStorage",
  "taskStorage",
  "inodeStorage",
  "cgroupStorage",
]);

/** Whether maps of that type can be made. */
export function probeMap(type: MapTypeName): ProbeResult {
  return once(`map ${type}`, () => {
    if (type === "structOps") return probeStructures();
    try {
      const plain: MapSpec = {
        name: "probe",
        type,
        keySizeBytes: 4,
        valueSizeBytes: 4,
        maxEntries: 1,
        flags: 0,
        keyTypeId: 0,
        valueTypeId: 0,
      };
      const inner =
        type === "arrayOfMaps" || type === "hashOfMaps" ? { inner: { ...plain, type: "array" as const } } : {};
      if (storageTypes.has(type)) return probeStorage(plain);
      createMap({ ...plain, ...shapes[type], ...inner }, -1).close();
      return yes;
    } catch (error) {
      return no(error);
    }
  });
}

/** Whether programs of a kind of hook may call a helper. */
export function probeHelper(kind: HookKind, helper: HelperName): ProbeResult {
  return once(`helper ${kind} ${helper}`, () => {
    const hook = probeHook(kind);
    if (!hook.available) return hook;
    const spec = emptyProgram(kind);
    const code = encode([callHelper(helperIds[helper]), mov.imm(r0, 0), exit()]);
    const target = attachTargetOf(spec, undefined);
    const log = new Uint8Array(64 * 1024);
    const license = cString("GPL");
    const fd = undisturbed(() =>
      tryBpf(
        "programLoad",
        attribute(programLoad, {
          programType: programTypes[hookKinds[kind].program],
          expectedAttachType: target.expectedAttachType,
          instructionCount: code.byteLength / 8,
          instructions: addressOf(code),
          license: addressOf(license),
          logLevel: 1,
          logSize: log.byteLength,
          logBuffer: addressOf(log),
          attachBtfId: target.attachTypeId,
          attachObjectFd: target.objectFd,
        }),
        code,
        license,
        log,
      ),
    );
    if (target.ownsObject) closeDescriptor(target.objectFd);
    if (fd >= 0) closeDescriptor(fd);
    // Arguments are missing: any complaint about them means that the helper itself is known.
    const isUnknown = /(unknown|invalid) func |program of this type cannot use helper|helper call is not allowed/.test(
      textOf(log),
    );
    return isUnknown
      ? { available: false, reason: `programs of the kind ${kind} cannot call ${helper} on this kernel` }
      : yes;
  });
}

/** Storage asks for types of its key and value. */
function probeStorage(plain: MapSpec): ProbeResult {
  const types = createBtfBuilder();
  const typeId = types.add({ kind: "int", name: "int", sizeBytes: 4, encoding: "signed" });
  const btfFd = loadBtf(types.encode(), "probe");
  try {
    createMap(
      { ...plain, maxEntries: 0, flags: mapFlags.noPreallocation, keyTypeId: typeId, valueTypeId: typeId },
      btfFd,
    ).close();
    return yes;
  } finally {
    closeDescriptor(btfFd);
  }
}

/** Every kernel that has structures of operations has those of congestion control. */
function probeStructures(): ProbeResult {
  return kernelTypes().find("bpf_struct_ops_tcp_congestion_ops", "struct") === undefined
    ? { available: false, reason: "this kernel has no structures of operations" }
    : yes;
}

function probeSource(): ProbeResult {
  return existsSync("/sys/bus/event_source/devices/kprobe/type")
    ? yes
    : {
        available: false,
        reason: `this kernel has no kprobes: it must be built with ${hookRequirements.kprobe?.config}`,
      };
}

function no(error: unknown): ProbeResult {
  if (!(error instanceof TarsierError)) throw error;
  return { available: false, reason: error.message };
}
