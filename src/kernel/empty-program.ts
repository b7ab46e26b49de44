/** The smallest program for a hook: it lets through what it sees. */

import { mov } from "../isa/alu.ts";
import { exit } from "../isa/call.ts";
import { encode } from "../isa/encode.ts";
import { r0 } from "../isa/instruction.ts";
import { type HookKind, hookKinds, type ProgramSpec, type ProgramTypeName } from "../spec/index.ts";

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
