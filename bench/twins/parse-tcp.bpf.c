/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The addresses and ports of a TCP packet over IPv4 (with options) or IPv6. */
#include "bpf.h"

struct flow {
	__u32 saddr[4];
	__u32 daddr[4];
	__u16 sport;
	__u16 dport;
	__u32 family;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct flow);
} last SEC(".maps");

SEC("xdp")
int run(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct flow *flow;
	struct tcphdr *tcp;
	__u32 zero = 0;

	if ((void *)(eth + 1) > data_end)
		return XDP_PASS;

	flow = bpf_map_lookup_elem(&last, &zero);
	if (!flow)
		return XDP_ABORTED;

	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = (void *)(eth + 1);

		if ((void *)(ip + 1) > data_end)
			return XDP_PASS;
		if (ip->ihl < 5 || ip->protocol != IPPROTO_TCP)
			return XDP_PASS;
		tcp = (void *)ip + ip->ihl * 4;
		if ((void *)(tcp + 1) > data_end)
			return XDP_PASS;
		flow->saddr[0] = ip->saddr;
		flow->daddr[0] = ip->daddr;
		flow->family = 4;
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip6 = (void *)(eth + 1);

		if ((void *)(ip6 + 1) > data_end)
			return XDP_PASS;
		if (ip6->nexthdr != IPPROTO_TCP)
			return XDP_PASS;
		tcp = (void *)(ip6 + 1);
		if ((void *)(tcp + 1) > data_end)
			return XDP_PASS;
		__builtin_memcpy(flow->saddr, &ip6->saddr, sizeof(ip6->saddr));
		__builtin_memcpy(flow->daddr, &ip6->daddr, sizeof(ip6->daddr));
		flow->family = 6;
	} else {
		return XDP_PASS;
	}

	flow->sport = bpf_ntohs(tcp->source);
	flow->dport = bpf_ntohs(tcp->dest);
	return flow->dport == 443 ? XDP_DROP : XDP_TX;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
