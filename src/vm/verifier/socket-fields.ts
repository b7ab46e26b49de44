/** What can be read of a socket: `bpf_sock` and `bpf_tcp_sock` of `linux/bpf.h`. */

import type { Place } from "./memory.ts";
import { refuse } from "./refusal.ts";
import { type SocketKind, unknownScalar, type Value } from "./value.ts";
import type { WalkContext } from "./walk-context.ts";

const sockBytes = 80;
const tcpSockBytes = 116;
/** `type`, `protocol`, `mark`, `priority`: only a full socket has them. */
const fullOnly = { from: 8, to: 24 } as const;
/** Not one of a few that have an alignment of their own (`dst_port`, and behind it). */
const fieldBytes = 4;

export function loadSocket(walk: WalkContext, { pointer, offset, sizeBytes }: Place, of: SocketKind): Value {
  const all = of === "tcp" ? tcpSockBytes : sockBytes;
  const wide = of === "tcp" && sizeBytes === 8 && offset >= 8;
  const isInside = offset >= 0 && offset + sizeBytes <= all && pointer.variable === undefined;
  const isOneField = wide || (sizeBytes <= fieldBytes && offset % sizeBytes === 0);
  if (!isInside || !isOneField) {
    refuse(
      "memoryBounds",
      `bytes ${offset} to ${offset + sizeBytes - 1} of a socket are asked for, of ${all}`,
      "read its members one by one",
    );
  }
  if (of === "common" && offset < fullOnly.to && offset + sizeBytes > fullOnly.from) {
    refuse(
      "memoryBounds",
      `bytes ${offset} to ${offset + sizeBytes - 1} are of full sockets only`,
      "ask for it with `bpf_sk_fullsock`",
    );
  }
  return unknownScalar(walk.slot, sizeBytes);
}
