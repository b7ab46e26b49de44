/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Packets and bytes by source address. */
#include "bpf.h"

struct totals {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct totals);
} sources SEC(".maps");

SEC("xdp")
int run(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	static const struct totals zero;
	struct totals *totals;
	__u32 key;

	if ((void *)(ip + 1) > data_end)
		return XDP_PASS;
	if (eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;

	key = bpf_ntohl(ip->saddr);
	totals = bpf_map_lookup_elem(&sources, &key);
	if (!totals) {
		bpf_map_update_elem(&sources, &key, &zero, BPF_NOEXIST);
		totals = bpf_map_lookup_elem(&sources, &key);
		if (!totals)
			return XDP_ABORTED;
	}
	__sync_fetch_and_add(&totals->packets, 1);
	__sync_fetch_and_add(&totals->bytes, data_end - data);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
