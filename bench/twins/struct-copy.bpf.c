/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A record of 96 bytes from a packet to a map, and what was there to the stack and to a second map. */
#include "bpf.h"

struct record {
	__u64 time;
	__u32 pid;
	__u32 tid;
	__u64 sizes[6];
	char name[32];
};

struct table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record);
} current SEC(".maps"), previous SEC(".maps");

SEC("xdp")
int run(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct record *given = data + 16, *now, *before, copy;
	__u32 zero = 0;

	if ((void *)(given + 1) > data_end)
		return XDP_PASS;
	now = bpf_map_lookup_elem(&current, &zero);
	before = bpf_map_lookup_elem(&previous, &zero);
	if (!now || !before)
		return XDP_ABORTED;
	copy = *now;
	*now = *given;
	copy.tid = given->pid;
	*before = copy;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
