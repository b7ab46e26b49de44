/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Counts HTTP requests by method. */
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} methods SEC(".maps");

static __always_inline __u32 method_of(const char *p)
{
	if (__builtin_memcmp(p, "GET ", 4) == 0)
		return 1;
	if (__builtin_memcmp(p, "POST ", 5) == 0)
		return 2;
	if (__builtin_memcmp(p, "PUT ", 4) == 0)
		return 3;
	if (__builtin_memcmp(p, "HEAD ", 5) == 0)
		return 4;
	if (__builtin_memcmp(p, "PATCH ", 6) == 0)
		return 5;
	if (__builtin_memcmp(p, "DELETE ", 7) == 0)
		return 6;
	if (__builtin_memcmp(p, "OPTIONS ", 8) == 0)
		return 7;
	return 0;
}

SEC("xdp")
int run(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	char *payload = data + 54;
	__u32 method;
	__u64 *count;

	if ((void *)(payload + 8) > data_end)
		return XDP_PASS;
	method = method_of(payload);
	count = bpf_map_lookup_elem(&methods, &method);
	if (!count)
		return XDP_ABORTED;
	__sync_fetch_and_add(count, 1);
	return method ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
