/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Whether the name in a packet is the wanted one, as libbpf-tools compare command names. */
#include "bpf.h"

#define TASK_COMM_LEN 16

struct name {
	char comm[TASK_COMM_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct name);
} wanted SEC(".maps");

static __always_inline bool comm_allowed(const char *comm, const char *targ_comm)
{
	int i;

	for (i = 0; i < TASK_COMM_LEN; i++) {
		if (comm[i] != targ_comm[i])
			return false;
	}
	return true;
}

SEC("xdp")
int run(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct name *given = data + 16, *target;
	__u32 zero = 0;

	if ((void *)(given + 1) > data_end)
		return XDP_PASS;
	target = bpf_map_lookup_elem(&wanted, &zero);
	if (!target)
		return XDP_ABORTED;
	return comm_allowed(given->comm, target->comm) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
