/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The length of the name that a DNS query asks for and how many labels it has: a loop over the packet. */
#include "bpf.h"

#define MAX_LABELS 16

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
	__u32 at = 54, labels = 0, zero = 0;
	__u64 *out;
	int i;

	for (i = 0; i < MAX_LABELS; i++) {
		__u8 *length = data + at;

		if ((void *)(length + 1) > data_end)
			return XDP_PASS;
		if (*length == 0)
			break;
		if (*length > 63)
			return XDP_DROP;
		at += *length + 1;
		labels++;
	}
	out = bpf_map_lookup_elem(&result, &zero);
	if (!out)
		return XDP_ABORTED;
	*out = ((__u64)labels << 32) | (at - 54);
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
