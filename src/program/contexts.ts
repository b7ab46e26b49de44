/** The contexts of hooks, as schemas: where each member stands. Ports and addresses are plain numbers, not network order. */

import { i32, u8, u16, u64 } from "../bytes/index.ts";
import {
  type ContextSchema,
  type ContextValue,
  context,
  flowKeysPointer,
  network,
  number,
  socketPointer,
  typed,
  typedVariable,
  variable,
  words,
} from "./context-schema.ts";
import type { Packet, WritablePacket } from "./packet.ts";

/** Addresses of four 32-bit words, the first one first. */
const ip6 = { length: 4, networkBits: 32 } as const;

const socketSchema = context("bpf_sock", {
  boundInterfaceIndex: variable("bound_dev_if", 0),
  family: number("family", 4),
  type: number("type", 8),
  protocol: number("protocol", 12),
  mark: variable("mark", 16),
  priority: variable("priority", 20),
  localIp4: network(32, number("src_ip4", 24)),
  localIp6: words("src_ip6", 28, { ...ip6, writable: false }),
  localPort: number("src_port", 44),
  remotePort: network(16, typed("dst_port", 48, u16)),
  remoteIp4: network(32, number("dst_ip4", 52)),
  remoteIp6: words("dst_ip6", 56, { ...ip6, writable: false }),
  state: number("state", 72),
});

const xdpSchema = context(
  "xdp_md",
  {
    interfaceIndex: number("ingress_ifindex", 12),
    receiveQueue: number("rx_queue_index", 16),
  },
  { start: 0, end: 4, pointerBytes: 4, writable: true, load: "bpf_xdp_load_bytes", store: "bpf_xdp_store_bytes" },
);

const socketBufferMembers = {
  packetType: number("pkt_type", 4),
  mark: variable("mark", 8),
  queueMapping: number("queue_mapping", 12),
  /** The EtherType: 0x0800 for IPv4, 0x86dd for IPv6. */
  protocol: network(16, number("protocol", 16)),
  hasVlan: number("vlan_present", 20),
  vlanTag: number("vlan_tci", 24),
  priority: variable("priority", 32),
  ingressInterfaceIndex: number("ingress_ifindex", 36),
  interfaceIndex: number("ifindex", 40),
  /** Scratch words that stay with the packet from program to program. */
  control: words("cb", 48, { length: 5, writable: true }),
  hash: number("hash", 68),
  family: number("family", 88),
  remoteIp4: network(32, number("remote_ip4", 92)),
  localIp4: network(32, number("local_ip4", 96)),
  remoteIp6: words("remote_ip6", 100, { ...ip6, writable: false }),
  localIp6: words("local_ip6", 116, { ...ip6, writable: false }),
  remotePort: network(32, number("remote_port", 132)),
  localPort: number("local_port", 136),
  wireLength: number("wire_len", 160),
  segments: number("gso_segs", 164),
  segmentSize: number("gso_size", 176),
  socket: socketPointer(168),
} as const;

const socketBufferBytes = { start: 76, end: 80, pointerBytes: 4, length: 0, load: "bpf_skb_load_bytes" } as const;

/** Packets of a cgroup and of a socket: read only, from the network header on. */
const socketBufferSchema = context("__sk_buff", socketBufferMembers, { ...socketBufferBytes, writable: false });

/** Packets of an interface, from the Ethernet header on; they may be changed. */
const trafficSchema = context(
  "__sk_buff",
  { ...socketBufferMembers, classId: variable("tc_classid", 72) },
  { ...socketBufferBytes, writable: true, store: "bpf_skb_store_bytes" },
);

const socketAddressSchema = context("bpf_sock_addr", {
  /** The family of the address that the call was given. */
  addressFamily: number("user_family", 0),
  ip4: network(32, variable("user_ip4", 4)),
  ip6: words("user_ip6", 8, { ...ip6, writable: true }),
  port: network(16, variable("user_port", 24)),
  family: number("family", 28),
  type: number("type", 32),
  protocol: number("protocol", 36),
  sourceIp4: network(32, variable("msg_src_ip4", 40)),
  sourceIp6: words("msg_src_ip6", 44, { ...ip6, writable: true }),
  socket: socketPointer(64),
});

const socketOperationSchema = context("bpf_sock_ops", {
  /** What happens: one of `socketOps.event`. */
  operation: number("op", 0),
  arguments: words("args", 4, { length: 4, writable: false }),
  reply: variable("reply", 4),
  family: number("family", 20),
  remoteIp4: network(32, number("remote_ip4", 24)),
  localIp4: network(32, number("local_ip4", 28)),
  remoteIp6: words("remote_ip6", 32, { ...ip6, writable: false }),
  localIp6: words("local_ip6", 48, { ...ip6, writable: false }),
  remotePort: network(32, number("remote_port", 64)),
  localPort: number("local_port", 68),
  isFullSocket: number("is_fullsock", 72),
  congestionWindow: number("snd_cwnd", 76),
  /** Smoothed round trip time in microseconds, eight times. */
  roundTripTime8Us: number("srtt_us", 80),
  callbackFlags: number("bpf_sock_ops_cb_flags", 84),
  state: number("state", 88),
  minimumRoundTripTimeUs: number("rtt_min", 92),
  receiveNext: number("rcv_nxt", 100),
  sendNext: number("snd_nxt", 104),
  sendUnacknowledged: number("snd_una", 108),
  maximumSegmentSize: number("mss_cache", 112),
  packetsOut: number("packets_out", 128),
  retransmittedOut: number("retrans_out", 132),
  totalRetransmitted: number("total_retrans", 136),
  segmentsIn: number("segs_in", 140),
  segmentsOut: number("segs_out", 148),
  lostOut: number("lost_out", 156),
  bytesReceived: typed("bytes_received", 168, u64),
  bytesAcknowledged: typed("bytes_acked", 176, u64),
  socket: socketPointer(184),
});

const socketOptionSchema = context(
  "bpf_sockopt",
  {
    socket: socketPointer(0),
    level: typed("level", 24, i32),
    name: typed("optname", 28, i32),
    optionLength: { ...typed("optlen", 32, i32), writable: true },
    result: { ...typed("retval", 36, i32), writable: true },
  },
  { start: 8, end: 16, pointerBytes: 8, writable: true },
);

const socketLookupSchema = context("bpf_sk_lookup", {
  socket: socketPointer(0),
  family: number("family", 8),
  protocol: number("protocol", 12),
  remoteIp4: network(32, number("remote_ip4", 16)),
  remoteIp6: words("remote_ip6", 20, { ...ip6, writable: false }),
  remotePort: network(16, typed("remote_port", 36, u16)),
  localIp4: network(32, number("local_ip4", 40)),
  localIp6: words("local_ip6", 44, { ...ip6, writable: false }),
  localPort: number("local_port", 60),
  interfaceIndex: number("ingress_ifindex", 64),
});

const socketMessageSchema = context(
  "sk_msg_md",
  {
    family: number("family", 16),
    remoteIp4: network(32, number("remote_ip4", 20)),
    localIp4: network(32, number("local_ip4", 24)),
    remoteIp6: words("remote_ip6", 28, { ...ip6, writable: false }),
    localIp6: words("local_ip6", 44, { ...ip6, writable: false }),
    remotePort: network(32, number("remote_port", 60)),
    localPort: number("local_port", 64),
    size: number("size", 68),
    socket: socketPointer(72),
  },
  { start: 0, end: 8, pointerBytes: 8, writable: true },
);

const reuseportSchema = context(
  "sk_reuseport_md",
  {
    protocol: network(16, number("eth_protocol", 20)),
    ipProtocol: number("ip_protocol", 24),
    bindsAnyAddress: number("bind_inany", 28),
    hash: number("hash", 32),
    socket: socketPointer(40),
  },
  { start: 0, end: 8, pointerBytes: 8, writable: false, length: 16, load: "bpf_skb_load_bytes" },
);

const deviceAccessSchema = context("bpf_cgroup_dev_ctx", {
  /** The kind of access in the upper, the type of device in the lower 16 bits. */
  access: number("access_type", 0),
  major: number("major", 4),
  minor: number("minor", 8),
});

const systemControlSchema = context("bpf_sysctl", {
  isWrite: number("write", 0),
  filePosition: variable("file_pos", 4),
});

const flowPacketSchema = context(
  "__sk_buff",
  { flow: flowKeysPointer(144) },
  { start: 76, end: 80, pointerBytes: 4, writable: false, load: "bpf_skb_load_bytes" },
);

const flowKeysSchema = context("bpf_flow_keys", {
  /** Where the network header begins, and, for the program to say, the header of the transport behind it. */
  networkOffset: typedVariable("nhoff", 0, u16),
  transportOffset: typedVariable("thoff", 2, u16),
  /** The EtherType that the addresses are of. */
  addressProtocol: typedVariable("addr_proto", 4, u16),
  isFragment: typedVariable("is_frag", 6, u8),
  isFirstFragment: typedVariable("is_first_frag", 7, u8),
  isEncapsulated: typedVariable("is_encap", 8, u8),
  ipProtocol: typedVariable("ip_proto", 9, u8),
  /** The EtherType. */
  protocol: network(16, typedVariable("n_proto", 10, u16)),
  sourcePort: network(16, typedVariable("sport", 12, u16)),
  destinationPort: network(16, typedVariable("dport", 14, u16)),
  sourceIp4: network(32, variable("ipv4_src", 16)),
  destinationIp4: network(32, variable("ipv4_dst", 20)),
  sourceIp6: words("ipv6_src", 16, { ...ip6, writable: true }),
  destinationIp6: words("ipv6_dst", 32, { ...ip6, writable: true }),
  flags: number("flags", 48),
  flowLabel: network(32, variable("flow_label", 52)),
});

/** A socket, as far as programs of the network see it. */
export interface Socket extends ContextValue<(typeof socketSchema)["members"]> {}

/** Where a context has a socket; `null` if the kernel knows none. */
export interface WithSocket {
  readonly socket: Socket | null;
}

/** A frame as it arrives at an interface (`xdp_md`). */
export interface XdpPacket extends WritablePacket, ContextValue<(typeof xdpSchema)["members"]> {}

/** A packet of a cgroup or socket (`__sk_buff`), from the network header on. */
export interface SocketBuffer extends Packet, WithSocket, ContextValue<(typeof socketBufferSchema)["members"]> {}

/** A packet of an interface (`__sk_buff`), from the Ethernet header on. */
export interface TrafficPacket extends WritablePacket, WithSocket, ContextValue<(typeof trafficSchema)["members"]> {}

/** The address that a socket call was given (`bpf_sock_addr`); a program may change it. */
export interface SocketAddress extends WithSocket, ContextValue<(typeof socketAddressSchema)["members"]> {}

/** Something that happens to a TCP connection (`bpf_sock_ops`). */
export interface SocketOperation extends WithSocket, ContextValue<(typeof socketOperationSchema)["members"]> {}

/** A call of `getsockopt` or `setsockopt` (`bpf_sockopt`); its bytes are the option's value. */
export interface SocketOption
  extends WritablePacket,
    WithSocket,
    ContextValue<(typeof socketOptionSchema)["members"]> {}

/** A search for the socket that takes a packet (`bpf_sk_lookup`). */
export interface SocketLookup extends WithSocket, ContextValue<(typeof socketLookupSchema)["members"]> {}

/** What a socket of a socket map is about to send (`sk_msg_md`). */
export interface SocketMessage
  extends WritablePacket,
    WithSocket,
    ContextValue<(typeof socketMessageSchema)["members"]> {}

/** The choice of one of several sockets that share a port (`sk_reuseport_md`). */
export interface ReuseportChoice extends Packet, WithSocket, ContextValue<(typeof reuseportSchema)["members"]> {}

/** An access to a device file (`bpf_cgroup_dev_ctx`). */
export interface DeviceAccess extends ContextValue<(typeof deviceAccessSchema)["members"]> {}

/** An access to a file of `/proc/sys` (`bpf_sysctl`). */
export interface SystemControl extends ContextValue<(typeof systemControlSchema)["members"]> {}

/** What a flow dissector finds out about a packet (`bpf_flow_keys`). */
export interface FlowKeys extends ContextValue<(typeof flowKeysSchema)["members"]> {}

/** A packet whose flow is to be found out (`__sk_buff`). */
export interface FlowPacket extends Packet {
  readonly flow: FlowKeys;
}

/** Every context by the name of its TypeScript type. */
export const contexts = {
  Socket: socketSchema,
  XdpPacket: xdpSchema,
  SocketBuffer: socketBufferSchema,
  TrafficPacket: trafficSchema,
  SocketAddress: socketAddressSchema,
  SocketOperation: socketOperationSchema,
  SocketOption: socketOptionSchema,
  SocketLookup: socketLookupSchema,
  SocketMessage: socketMessageSchema,
  ReuseportChoice: reuseportSchema,
  DeviceAccess: deviceAccessSchema,
  SystemControl: systemControlSchema,
  FlowPacket: flowPacketSchema,
  FlowKeys: flowKeysSchema,
} as const satisfies Record<string, ContextSchema>;

export type ContextName = keyof typeof contexts;
