/** Where nothing changes the packet, the pointers to its bytes are read once; where a helper does, anew each time. */

import type { HelperName } from "../isa/index.ts";
import type { Routine } from "./ir.ts";

/** Helpers after which the verifier forgets all pointers into the packet (`bpf_helper_changes_pkt_data`). */
const changing: ReadonlySet<HelperName> = new Set([
  ...(["bpf_skb_vlan_push", "bpf_skb_vlan_pop", "bpf_skb_store_bytes", "bpf_skb_change_proto"] as const),
  ...(["bpf_skb_change_head", "bpf_skb_change_tail", "bpf_skb_pull_data", "bpf_skb_adjust_room"] as const),
  ...(["bpf_clone_redirect", "bpf_l3_csum_replace", "bpf_l4_csum_replace", "bpf_xdp_adjust_head"] as const),
  ...(["bpf_xdp_adjust_meta", "bpf_xdp_adjust_tail", "bpf_msg_pull_data", "bpf_msg_push_data"] as const),
  ...(["bpf_msg_pop_data", "bpf_lwt_push_encap", "bpf_xdp_store_bytes", "bpf_tail_call"] as const),
]);

export function keepPacketPointers({ blocks }: Routine): void {
  const values = blocks.flatMap(({ body }) => body);
  if (values.some(({ op }) => op.kind === "call" && changing.has(op.helper))) return;
  for (const value of values) {
    if (value.op.kind === "load" && value.op.packet) value.op = { ...value.op, constant: true };
  }
}
