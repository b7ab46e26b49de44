/** What a tracer tells of connections. The objects are its own: valid until the call returns. Times are of CLOCK_MONOTONIC. */

/** As in the records of the kernel programs (`Role`, `Direction`, `End` of the layouts). */
export const role = { unknown: 0, client: 1, server: 2 } as const;
export const direction = { received: 0, sent: 1 } as const;
export const end = { open: 0, closed: 1, reset: 2, refused: 3, timeout: 4 } as const;

/** One side of a connection: an IPv6 address in network order, IPv4 ones mapped. */
export interface SocketAddress {
  readonly address: Uint8Array;
  readonly port: number;
}

/** A TCP connection of a traced process. */
export interface Connection {
  /** The number of the socket's inode, which is no other socket's while this one lives. */
  readonly cookie: bigint;
  readonly inode: string;
  readonly role: number;
  local: SocketAddress;
  readonly peer: SocketAddress;
  readonly startNs: bigint;
  /** The process that used it last. */
  process: number;
  /** Open descriptors of it that are known, and messages on their way that carry one. */
  holders: number;
  sentBytes: number;
  receivedBytes: number;
  end: number;
  endNs: bigint;
}

/** Where the bytes of a transfer are in the process: nowhere that is known, at an address, or in a table of buffers. */
export const payload = { none: 0, buffer: 1, vector: 3 } as const;

/** Bytes that moved. */
export interface Transfer {
  direction: number;
  lengthBytes: number;
  startNs: bigint;
  endNs: bigint;
  /** The thread whose memory the addresses are in. */
  tid: number;
  payload: number;
  address: bigint;
  bufferCount: number;
}

/** Where a tracer's events go. */
export interface EventSink {
  /** A connection has begun, or an older one was met (`role.unknown`). */
  opened(connection: Connection, processName: string): void;
  /** Another process uses it from now on: `connection.process`. */
  owned(connection: Connection, processName: string): void;
  transfer(connection: Connection, transfer: Transfer): void;
  /** It is over: `connection.end` and `connection.endNs` say how. */
  ended(connection: Connection): void;
}
