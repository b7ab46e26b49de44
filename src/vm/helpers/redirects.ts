/** Helpers that send a packet elsewhere. The verdict is the kernel's; where to is noted (effects.ts). */

import type { HelperName } from "../../isa/helpers.ts";
import type { MapTypeName } from "../../spec/index.ts";
import { packetContexts } from "../contexts.ts";
import type { Machine } from "../machine.ts";
import type { SandboxMap } from "../maps/map.ts";
import { errors, flagsOf, long, mapArgument, memoryArgument, word } from "./arguments.ts";
import { recordEffect } from "./effects.ts";
import type { Helper, HelperGroup } from "./helper.ts";
import { packetOf } from "./packet.ts";

const xdpVerdict = { aborted: 0, redirect: 4 } as const;
const trafficVerdict = { shot: 2, redirect: 7 } as const;
const socketVerdict = { drop: 0, pass: 1 } as const;
const ingressFlag = 1;
/** Verdicts that a program may name for an entry that is not there: aborted, drop, pass, send back. */
const verdictMask = 3;
/** `BPF_F_BROADCAST`, `BPF_F_EXCLUDE_INGRESS`, of maps of devices. */
const broadcastFlag = 8;
const deviceFlags = broadcastFlag | 16;
const redirectTypes: ReadonlySet<MapTypeName> = new Set(["deviceMap", "deviceMapHash", "cpuMap", "xdpSocketMap"]);

export const redirectHelpers: HelperGroup = {
  bpf_redirect(machine) {
    const flags = flagsOf(machine, 2);
    const isXdp = machine.running?.hook === "xdp";
    const isRefused = isXdp ? flags !== 0 : (flags & ~ingressFlag) !== 0;
    if (isRefused) return machine.result(isXdp ? xdpVerdict.aborted : trafficVerdict.shot);
    recordEffect(machine, { helper: "bpf_redirect", arguments: [BigInt(word(machine, 1)), BigInt(flags)] });
    machine.result(isXdp ? xdpVerdict.redirect : trafficVerdict.redirect);
  },
  bpf_redirect_neigh: elsewhere("bpf_redirect_neigh", 4),
  bpf_redirect_peer: elsewhere("bpf_redirect_peer", 2),
  bpf_clone_redirect(machine) {
    const flags = flagsOf(machine, 3);
    if ((flags & ~ingressFlag) !== 0) return machine.result(errors.invalid);
    const context = machine.running?.hook === undefined ? undefined : packetContexts[machine.running.hook];
    const { start, end } = context === undefined ? { start: 0, end: 0 } : packetOf(machine, context);
    recordEffect(machine, {
      helper: "bpf_clone_redirect",
      arguments: [BigInt(word(machine, 2)), BigInt(flags)],
      bytes: machine.u8.slice(start, end),
    });
    machine.result(0);
  },
  bpf_redirect_map(machine) {
    const helper = "bpf_redirect_map";
    const map = mapArgument(machine, helper, 1);
    if (map === undefined) return;
    if (!redirectTypes.has(map.spec.type)) {
      machine.complain(`calls ${helper} with the map ${map.spec.name}, which holds nothing to send packets to`);
      return;
    }
    const flags = flagsOf(machine, 3);
    const known = map.spec.type.startsWith("deviceMap") ? verdictMask | deviceFlags : verdictMask;
    if ((flags & ~known) !== 0) return machine.result(xdpVerdict.aborted);
    const index = word(machine, 2);
    if (map.get(cell(index)) === undefined && (flags & broadcastFlag) === 0) return machine.result(flags & verdictMask);
    recordEffect(machine, { helper, map: map.spec.name, arguments: [BigInt(index), BigInt(flags)] });
    machine.result(xdpVerdict.redirect);
  },
  bpf_sk_redirect_map: toSocket("bpf_sk_redirect_map"),
  bpf_msg_redirect_map: toSocket("bpf_msg_redirect_map"),
  bpf_sk_redirect_hash: toSocket("bpf_sk_redirect_hash"),
  bpf_msg_redirect_hash: toSocket("bpf_msg_redirect_hash"),
  bpf_sock_map_update: addSocket("bpf_sock_map_update"),
  bpf_sock_hash_update: addSocket("bpf_sock_hash_update"),
  bpf_sk_select_reuseport(machine) {
    const helper = "bpf_sk_select_reuseport";
    const map = mapArgument(machine, helper, 2);
    if (map === undefined) return;
    const key = keyBytes(machine, helper, map);
    if (key === undefined) return;
    if (flagsOf(machine, 4) !== 0) return machine.result(errors.invalid);
    if (map.get(key) === undefined) return machine.result(errors.noEntry);
    recordEffect(machine, { helper, map: map.spec.name, arguments: [], bytes: key });
    machine.result(0);
  },
};

const cell = (number: number): Uint8Array => new Uint8Array(Uint32Array.of(number).buffer);

function elsewhere(helper: HelperName, flagsRegister: number): Helper {
  return (machine) => {
    if (flagsOf(machine, flagsRegister) !== 0) return machine.result(trafficVerdict.shot);
    recordEffect(machine, { helper, arguments: [BigInt(word(machine, 1))] });
    machine.result(trafficVerdict.redirect);
  };
}

/** The key that r3 points to. */
function keyBytes(machine: Machine, helper: string, map: SandboxMap): Uint8Array | undefined {
  const at = memoryArgument(machine, helper, 3, map.spec.keySizeBytes);
  return at < 0 ? undefined : machine.u8.slice(at, at + map.spec.keySizeBytes);
}

function toSocket(helper: HelperName): Helper {
  return (machine) => {
    const map = mapArgument(machine, helper, 2);
    if (map === undefined) return;
    const key = helper.endsWith("_map") ? cell(word(machine, 3)) : keyBytes(machine, helper, map);
    if (key === undefined) return;
    const flags = flagsOf(machine, 4);
    if ((flags & ~ingressFlag) !== 0 || map.get(key) === undefined) return machine.result(socketVerdict.drop);
    recordEffect(machine, { helper, map: map.spec.name, arguments: [BigInt(flags)], bytes: key });
    machine.result(socketVerdict.pass);
  };
}

/** The socket of the context, which is known by where the context's `sk` leads; an entry is that address. */
function addSocket(helper: HelperName): Helper {
  return (machine) => {
    const map = mapArgument(machine, helper, 2);
    if (map === undefined) return;
    const key = keyBytes(machine, helper, map);
    if (key === undefined) return;
    const value = new Uint8Array(map.spec.valueSizeBytes);
    new DataView(value.buffer).setUint32(0, Number(long(machine, 1) & 0xffff_ffffn), true);
    machine.result(map.update(key, value, flagsOf(machine, 4)));
  };
}
