/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The address of a service becomes that of one of its backends: connect4, on the packet, as test runs need one. */
#include "bpf.h"

struct service {
	__u32 address;
	__u16 port;
	__u16 unused;
};

struct backends {
	__u32 count;
	__u32 address[8];
	__u16 port[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, struct service);
	__type(value, struct backends);
} services SEC(".maps");

SEC("xdp")
int run(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	struct service key = {};
	struct backends *backends;
	__u32 index;

	if ((void *)(tcp + 1) > data_end)
		return XDP_PASS;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 || ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	key.address = ip->daddr;
	key.port = tcp->dest;
	backends = bpf_map_lookup_elem(&services, &key);
	if (!backends || backends->count == 0)
		return XDP_PASS;
	index = (bpf_ntohs(tcp->source) % backends->count) & 7;
	ip->daddr = backends->address[index];
	tcp->dest = backends->port[index];
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
