/** Sockets, as far as a test describes them. What programs set is noted (effects.ts). */

import type { HelperName } from "../../isa/helpers.ts";
import { contextAt } from "../layout.ts";
import type { Machine } from "../machine.ts";
import { errors, flagsOf, int, isNull, long, memoryArgument, nullPointer, sizeArgument, word } from "./arguments.ts";
import { recordEffect } from "./effects.ts";
import type { Helper, HelperGroup } from "./helper.ts";

/** Members of `struct bpf_sock_ops`, and the flags there are (`BPF_SOCK_OPS_ALL_CB_FLAGS`). */
const socketOperation = { isFullSocket: 72, callbackFlags: 84, allFlags: 0x7f } as const;
const mostTupleBytes = 36;

const cookiesOfMachine = new WeakMap<Machine, Map<bigint, bigint>>();
const optionsOfMachine = new WeakMap<Machine, Map<string, Uint8Array>>();

/** The same pointer: what a test describes there is what it is. */
const itself: Helper = (machine) => machine.result64(machine.registers[2]!, machine.registers[3]!);

/** The same socket as another type: where a test describes it as one, that; else the pointer itself. */
function castTo(type: string): Helper {
  return (machine) => {
    const cast = machine.surroundings.castSocket?.(long(machine, 1), type);
    if (cast === undefined) itself(machine);
    else machine.resultBig(cast);
  };
}

export const socketHelpers: HelperGroup = {
  bpf_get_socket_cookie(machine) {
    if (isNull(machine, 1)) return machine.result(0);
    const cookies = kept(cookiesOfMachine, machine);
    const socket = long(machine, 1);
    const cookie = cookies.get(socket) ?? BigInt(cookies.size + 1);
    cookies.set(socket, cookie);
    machine.resultBig(cookie);
  },
  bpf_get_netns_cookie: (machine) => machine.result(1),
  bpf_get_socket_uid: (machine) => machine.result64(machine.surroundings.task.uid, 0),
  bpf_sk_fullsock: itself,
  bpf_skc_to_tcp_sock: castTo("tcp_sock"),
  bpf_skc_to_tcp6_sock: castTo("tcp6_sock"),
  bpf_skc_to_udp6_sock: castTo("udp6_sock"),
  bpf_skc_to_unix_sock: castTo("unix_sock"),
  bpf_sk_lookup_tcp: find("bpf_sk_lookup_tcp", "tcp"),
  bpf_skc_lookup_tcp: find("bpf_skc_lookup_tcp", "tcp"),
  bpf_sk_lookup_udp: find("bpf_sk_lookup_udp", "udp"),
  bpf_sk_release: (machine) => machine.result(0),
  bpf_sk_assign(machine) {
    const flags = flagsOf(machine, 3);
    if (flags > 3) return machine.result(errors.invalid);
    recordEffect(machine, { helper: "bpf_sk_assign", arguments: [long(machine, 2), BigInt(flags)] });
    machine.result(0);
  },
  bpf_bind(machine) {
    const size = sizeArgument(machine, "bpf_bind", 3);
    if (size < 0) return;
    const at = memoryArgument(machine, "bpf_bind", 2, size);
    if (at < 0) return;
    recordEffect(machine, { helper: "bpf_bind", arguments: [], bytes: machine.u8.slice(at, at + size) });
    machine.result(0);
  },
  bpf_setsockopt(machine) {
    const helper = "bpf_setsockopt";
    const size = sizeArgument(machine, helper, 5);
    if (size < 0) return;
    const at = memoryArgument(machine, helper, 4, size);
    if (at < 0) return;
    const bytes = machine.u8.slice(at, at + size);
    kept(optionsOfMachine, machine).set(optionKey(machine), bytes);
    recordEffect(machine, { helper, arguments: [BigInt(int(machine, 2)), BigInt(int(machine, 3))], bytes });
    machine.result(0);
  },
  /** What a program set before; an option that nobody set is none. */
  bpf_getsockopt(machine) {
    const helper = "bpf_getsockopt";
    const size = sizeArgument(machine, helper, 5);
    if (size < 0) return;
    const at = memoryArgument(machine, helper, 4, size, true);
    if (at < 0) return;
    const bytes = kept(optionsOfMachine, machine).get(optionKey(machine));
    machine.u8.fill(0, at, at + size);
    if (bytes === undefined) return machine.result(errors.noProtocolOption);
    machine.u8.set(bytes.subarray(0, size), at);
    machine.result(0);
  },
  bpf_sock_ops_cb_flags_set(machine) {
    const { view } = machine;
    if (view.getUint32(contextAt + socketOperation.isFullSocket, true) === 0) return machine.result(errors.invalid);
    const flags = word(machine, 2);
    view.setUint32(contextAt + socketOperation.callbackFlags, flags & socketOperation.allFlags, true);
    machine.result(flags & ~socketOperation.allFlags);
  },
  bpf_msg_apply_bytes: noted("bpf_msg_apply_bytes"),
  bpf_msg_cork_bytes: noted("bpf_msg_cork_bytes"),
  /** A sandbox's message lies in one piece. */
  bpf_msg_pull_data(machine) {
    if (flagsOf(machine, 4) !== 0 || word(machine, 3) <= word(machine, 2)) return machine.result(errors.invalid);
    machine.result(0);
  },
};

const optionKey = (machine: Machine): string => `${long(machine, 1)} ${int(machine, 2)} ${int(machine, 3)}`;

function kept<Key, Value>(all: WeakMap<Machine, Map<Key, Value>>, machine: Machine): Map<Key, Value> {
  let map = all.get(machine);
  if (map === undefined) {
    map = new Map();
    all.set(machine, map);
  }
  return map;
}

function noted(helper: HelperName): Helper {
  return (machine) => {
    recordEffect(machine, { helper, arguments: [BigInt(word(machine, 2))] });
    machine.result(0);
  };
}

function find(helper: string, protocol: "tcp" | "udp"): Helper {
  return (machine) => {
    const size = sizeArgument(machine, helper, 3);
    if (size < 0 || size > mostTupleBytes) return nullPointer(machine);
    const at = memoryArgument(machine, helper, 2, size);
    if (at < 0) return;
    const socket = machine.surroundings.findSocket?.(protocol, machine.u8.slice(at, at + size));
    machine.resultBig(socket ?? 0n);
  };
}
