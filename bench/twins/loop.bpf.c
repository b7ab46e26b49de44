/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Which of 64 limits is the greatest that a number reaches. */
#include "bpf.h"

struct limits {
	__u32 limit[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct limits);
} limits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} result SEC(".maps");

SEC("xdp")
int run(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	__u32 *number = data + 16, best = 0, reached = 0, zero = 0;
	struct limits *table;
	__u64 *out;
	int i;

	if ((void *)(number + 1) > data_end)
		return XDP_PASS;
	table = bpf_map_lookup_elem(&limits, &zero);
	if (!table)
		return XDP_ABORTED;
	for (i = 0; i < 64; i++) {
		__u32 limit = table->limit[i];

		if (limit <= *number) {
			reached++;
			if (limit > best)
				best = limit;
		}
	}
	out = bpf_map_lookup_elem(&result, &zero);
	if (!out)
		return XDP_ABORTED;
	*out = ((__u64)reached << 32) | best;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
