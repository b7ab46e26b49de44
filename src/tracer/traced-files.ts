/** The connections of the traced processes, by their sockets and by the descriptors that lead to them. */

import { readFileSync } from "node:fs";
import { addressBook, unknownAddress } from "./addresses.ts";
import { type Descriptor, type Descriptors, isConnection, trackDescriptors } from "./descriptors.ts";
import { type Connection, type EventSink, end, role, type SocketAddress } from "./events.ts";
import { readLink } from "./libc.ts";
import type { Process, Thread } from "./processes.ts";

/** What is known of traced sockets. */
export interface TracedFiles {
  readonly descriptors: Descriptors;
  connections(): Iterable<Connection>;
  /** What `fd` is, looked up if it must be; `undefined` for a closed one, and for a TCP socket that leads nowhere yet. */
  resolve(thread: Thread, fd: number): Descriptor | undefined;
  /** A connection begins: accepted (`role.server`), or being made to `peer` (`role.client`). */
  open(thread: Thread, fd: number, role: number, startNs: bigint, peer?: SocketAddress): Connection | undefined;
  /** Another process uses a connection. */
  own(connection: Connection, process: Process): void;
  /** A process has become another program: descriptors that were to be closed are. */
  executed(thread: Thread): void;
}

const socketLink = /^socket:\[(\d+)\]$/;
const inodeOf = (tid: number, fd: number) => socketLink.exec(readLink(`/proc/${tid}/fd/${fd}`))?.[1];

export function openTraced(sink: EventSink): TracedFiles {
  const byInode = new Map<string, Connection>();
  const addresses = addressBook();
  const over = (connection: Connection) => {
    if (byInode.get(connection.inode) !== connection) return;
    byInode.delete(connection.inode);
    if (connection.end === end.open) connection.end = end.closed;
    connection.endNs = process.hrtime.bigint();
    sink.ended(connection);
  };
  const descriptors = trackDescriptors(over);

  const begin = (
    { process: owner }: Thread,
    inode: string,
    roleNumber: number,
    startNs: bigint,
    local: SocketAddress,
    peer: SocketAddress,
  ): Connection => {
    const connection = {
      cookie: BigInt(inode),
      inode,
      role: roleNumber,
      local,
      peer,
      startNs,
      process: owner.pid,
      holders: 0,
      sentBytes: 0,
      receivedBytes: 0,
      end: end.open,
      endNs: 0n,
    };
    byInode.set(inode, connection);
    sink.opened(connection, nameOf(owner.pid));
    return connection;
  };

  const lookUp = (thread: Thread, fd: number): Descriptor | undefined => {
    const link = readLink(`/proc/${thread.tid}/fd/${fd}`);
    const inode = socketLink.exec(link)?.[1];
    if (inode === undefined) return link === "" ? undefined : "file";
    const known = byInode.get(inode);
    if (known !== undefined) return known;
    const ends = addresses.ends(thread.process.pid, fd, inode);
    if (ends === undefined) return "socket";
    if (ends.peer === undefined) return undefined;
    return begin(thread, inode, role.unknown, process.hrtime.bigint(), ends.local, ends.peer);
  };

  return {
    descriptors,
    connections: () => byInode.values(),
    resolve(thread, fd) {
      const { files } = thread.process;
      const known = files.descriptors.get(fd);
      if (known !== undefined) return known;
      const found = lookUp(thread, fd);
      if (found !== undefined) descriptors.hold(files, fd, found);
      return found;
    },
    open(thread, fd, roleNumber, startNs, peer) {
      const inode = inodeOf(thread.tid, fd);
      if (inode === undefined) return undefined;
      const { files } = thread.process;
      const ends = addresses.ends(thread.process.pid, fd, inode);
      const peerAddress = peer ?? ends?.peer ?? unknownAddress;
      if (ends === undefined) {
        descriptors.hold(files, fd, "socket");
        return undefined;
      }
      const earlier = byInode.get(inode);
      if (earlier !== undefined) {
        // The socket is used again, after an attempt that failed.
        over(earlier);
        descriptors.drop(files, fd);
      }
      const connection = begin(thread, inode, roleNumber, startNs, ends.local, peerAddress);
      descriptors.hold(files, fd, connection);
      return connection;
    },
    own(connection, owner) {
      connection.process = owner.pid;
      sink.owned(connection, nameOf(owner.pid));
    },
    executed(thread) {
      const { files } = thread.process;
      for (const [fd, descriptor] of [...files.descriptors]) {
        const isStill = isConnection(descriptor) && inodeOf(thread.tid, fd) === descriptor.inode;
        if (!isStill) descriptors.drop(files, fd);
      }
    },
  };
}

/** The name of a process, as the kernel has it: at most 15 bytes. */
function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "latin1").trimEnd();
  } catch {
    return "";
  }
}
