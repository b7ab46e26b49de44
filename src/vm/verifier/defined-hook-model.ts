/** The model of a hook that an application defined: from what its programs carry with them. */

import type { HelperName } from "../../isa/index.ts";
import type { DefinedHookSpec } from "../../spec/index.ts";
import { type HookModel, resultBetween } from "./hook-model.ts";

const names = (text: string): HelperName[] => text.split(/\s+/).map((name) => `bpf_${name}` as HelperName);

/** What has a meaning in every application: maps, time, chance, text, loops, timers, rings. Nothing of the host is reached by it. */
const definedHookHelpers: readonly HelperName[] = [
  ...names("map_lookup_elem map_update_elem map_delete_elem map_push_elem map_pop_elem map_peek_elem"),
  ...names("map_lookup_percpu_elem for_each_map_elem loop tail_call spin_lock spin_unlock"),
  ...names("timer_init timer_set_callback timer_start timer_cancel"),
  ...names("ringbuf_output ringbuf_reserve ringbuf_submit ringbuf_discard ringbuf_query"),
  ...names("ktime_get_ns ktime_get_boot_ns ktime_get_tai_ns ktime_get_coarse_ns jiffies64 get_prandom_u32"),
  ...names("get_smp_processor_id trace_printk snprintf strtol strtoul strncmp"),
];

export function definedHookModel({
  name,
  contextBytes,
  writableBytes,
  returns,
  helpers = [],
}: DefinedHookSpec): HookModel {
  return {
    name,
    context: {
      kind: "memory",
      name: `what ${name} hands over`,
      sizeBytes: contextBytes,
      writable: writableBytes > 0,
      writableBytes,
    },
    returns:
      returns.kind === "named"
        ? { kind: "set", values: [...new Set(Object.values(returns.values))] }
        : resultBetween(returns.least, returns.most),
    regions: [],
    helpers: new Set([...definedHookHelpers, ...(helpers as readonly HelperName[])]),
    packetLoads: false,
  };
}
