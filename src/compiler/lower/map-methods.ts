/** Methods of maps that are one call of a helper: which one, what it is passed, and what comes of it. */

import type { HelperName } from "../../isa/index.ts";
import type { MapTypeName } from "../../spec/index.ts";

/** What a helper is passed: something of the method's own, one of its arguments in order, or a constant. */
export type Passed =
  | "map"
  | "context"
  /** A key or value, by address. */
  | "key"
  | "value"
  /** A struct of the value's type that is written to. */
  | "into"
  /** Any struct of ours, and how many bytes it has. */
  | "record"
  | "recordSize"
  /** A number, by value. */
  | "index"
  /** A structure of the kernel that owns a value. */
  | "owner"
  /** A context that the program passes itself. */
  | "given"
  | number;

export type Outcome =
  /** The address of a value, or null. */
  | "entry"
  /** The address of a map, or null. */
  | "inner"
  /** True if the result is zero. */
  | "succeeds"
  /** True if the result is 1. */
  | "isOne"
  | "i32"
  | "i64"
  | "nothing";

export interface MapMethod {
  readonly helper: HelperName;
  readonly passes: readonly Passed[];
  readonly gives: Outcome;
}

/** Flags of `bpf_map_update_elem`, `bpf_*_storage_get`, `bpf_ringbuf_output` and `bpf_get_stackid`. */
export const flags = {
  any: 0,
  onlyNew: 1,
  create: 1,
  noWakeup: 1,
  userStack: 1 << 8,
  currentCpu: 0xffff_ffff,
} as const;

const get: MapMethod = { helper: "bpf_map_lookup_elem", passes: ["map", "key"], gives: "entry" };
const set: MapMethod = { helper: "bpf_map_update_elem", passes: ["map", "key", "value", flags.any], gives: "succeeds" };
const remove: MapMethod = { helper: "bpf_map_delete_elem", passes: ["map", "key"], gives: "succeeds" };
const inner: MapMethod = { helper: "bpf_map_lookup_elem", passes: ["map", "key"], gives: "inner" };

type Methods = Readonly<Record<string, MapMethod>>;

const hashMethods: Methods = { get, set, delete: remove };
const arrayMethods: Methods = { get, set };

const sequenceMethods: Methods = {
  push: { helper: "bpf_map_push_elem", passes: ["map", "value", flags.any], gives: "succeeds" },
  pop: { helper: "bpf_map_pop_elem", passes: ["map", "into"], gives: "succeeds" },
  peek: { helper: "bpf_map_peek_elem", passes: ["map", "into"], gives: "succeeds" },
};

const redirectMethods: Methods = {
  redirect: { helper: "bpf_redirect_map", passes: ["map", "index", "index"], gives: "i32" },
};

function storageMethods(getHelper: HelperName, removeHelper: HelperName): Methods {
  return {
    get: { helper: getHelper, passes: ["map", "owner", 0, flags.any], gives: "entry" },
    getOrCreate: { helper: getHelper, passes: ["map", "owner", 0, flags.create], gives: "entry" },
    delete: { helper: removeHelper, passes: ["map", "owner"], gives: "succeeds" },
  };
}

export const mapMethods: Readonly<Partial<Record<MapTypeName, Methods>>> = {
  hash: hashMethods,
  lruHash: hashMethods,
  perCpuHash: hashMethods,
  lruPerCpuHash: hashMethods,
  lpmTrie: hashMethods,
  array: arrayMethods,
  perCpuArray: arrayMethods,
  queue: sequenceMethods,
  stack: sequenceMethods,
  bloomFilter: {
    add: { helper: "bpf_map_push_elem", passes: ["map", "value", flags.any], gives: "succeeds" },
    has: { helper: "bpf_map_peek_elem", passes: ["map", "value"], gives: "succeeds" },
  },
  socketStorage: storageMethods("bpf_sk_storage_get", "bpf_sk_storage_delete"),
  taskStorage: storageMethods("bpf_task_storage_get", "bpf_task_storage_delete"),
  cgroupStorage: storageMethods("bpf_cgrp_storage_get", "bpf_cgrp_storage_delete"),
  inodeStorage: storageMethods("bpf_inode_storage_get", "bpf_inode_storage_delete"),
  ringBuffer: {
    submit: { helper: "bpf_ringbuf_submit", passes: ["record", flags.noWakeup], gives: "nothing" },
    discard: { helper: "bpf_ringbuf_discard", passes: ["record", flags.noWakeup], gives: "nothing" },
  },
  perfEventArray: {
    output: {
      helper: "bpf_perf_event_output",
      passes: ["context", "map", flags.currentCpu, "record", "recordSize"],
      gives: "succeeds",
    },
  },
  programArray: { tailCall: { helper: "bpf_tail_call", passes: ["context", "map", "index"], gives: "nothing" } },
  arrayOfMaps: { get: inner },
  hashOfMaps: { get: inner },
  stackTrace: {
    kernel: { helper: "bpf_get_stackid", passes: ["context", "map", flags.any], gives: "i64" },
    user: { helper: "bpf_get_stackid", passes: ["context", "map", flags.userStack], gives: "i64" },
  },
  cgroupArray: {
    hasCurrentTask: { helper: "bpf_current_task_under_cgroup", passes: ["map", "index"], gives: "isOne" },
  },
  deviceMap: redirectMethods,
  deviceMapHash: redirectMethods,
  cpuMap: redirectMethods,
  xdpSocketMap: redirectMethods,
  socketMap: {
    add: { helper: "bpf_sock_map_update", passes: ["given", "map", "key", flags.any], gives: "succeeds" },
    redirect: { helper: "bpf_sk_redirect_map", passes: ["given", "map", "index", 0], gives: "i32" },
    redirectMessage: { helper: "bpf_msg_redirect_map", passes: ["given", "map", "index", 0], gives: "i32" },
  },
  socketHash: {
    add: { helper: "bpf_sock_hash_update", passes: ["given", "map", "key", flags.any], gives: "succeeds" },
    redirect: { helper: "bpf_sk_redirect_hash", passes: ["given", "map", "key", 0], gives: "i32" },
    redirectMessage: { helper: "bpf_msg_redirect_hash", passes: ["given", "map", "key", 0], gives: "i32" },
  },
  reuseportSocketArray: {
    select: { helper: "bpf_sk_select_reuseport", passes: ["given", "map", "key", 0], gives: "succeeds" },
  },
};
