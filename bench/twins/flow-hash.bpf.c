/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The kernel's jhash_3words of a packet's addresses and ports, as load balancers choose with. */
#include "bpf.h"

#define JHASH_INITVAL 0xdeadbeef

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} buckets SEC(".maps");

static __always_inline __u32 rol32(__u32 word, unsigned int shift)
{
	return (word << shift) | (word >> (32 - shift));
}

static __always_inline __u32 jhash_3words(__u32 a, __u32 b, __u32 c, __u32 initval)
{
	initval += JHASH_INITVAL + (3 << 2);
	a += initval;
	b += initval;
	c += initval;
	c ^= b; c -= rol32(b, 14);
	a ^= c; a -= rol32(c, 11);
	b ^= a; b -= rol32(a, 25);
	c ^= b; c -= rol32(b, 16);
	a ^= c; a -= rol32(c, 4);
	b ^= a; b -= rol32(a, 14);
	c ^= b; c -= rol32(b, 24);
	return c;
}

SEC("xdp")
int run(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	__u32 bucket;
	__u64 *count;

	if ((void *)(tcp + 1) > data_end)
		return XDP_PASS;
	bucket = jhash_3words(bpf_ntohl(ip->saddr), bpf_ntohl(ip->daddr),
			      ((__u32)bpf_ntohs(tcp->source) << 16) | bpf_ntohs(tcp->dest), ip->protocol) & 255;
	count = bpf_map_lookup_elem(&buckets, &bucket);
	if (!count)
		return XDP_ABORTED;
	__sync_fetch_and_add(count, 1);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
