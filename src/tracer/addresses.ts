/** The two ends of a socket: asked of the socket itself through a copy of its descriptor, or looked up in /proc/PID/net. */

import { readFileSync } from "node:fs";
import { youngCalls } from "./calls.ts";
import type { SocketAddress } from "./events.ts";
import { closeDescriptor, socketName, socketOption, systemCall } from "./libc.ts";

const internetFamily = 2;
const internet6Family = 10;
const tcp = 6;
const protocolOption = 38;

/** Both ends of a TCP socket; no `peer` while it is not connected. */
export interface SocketEnds {
  readonly local: SocketAddress;
  readonly peer: SocketAddress | undefined;
}

export const unknownAddress: SocketAddress = { address: new Uint8Array(16), port: 0 };

/** The ends of TCP sockets of other processes. */
export interface AddressBook {
  /** The ends of the socket at `fd`; `undefined` when it is no TCP socket. */
  ends(process: number, fd: number, inode: string): SocketEnds | undefined;
}

export function addressBook(): AddressBook {
  // A seccomp profile of a container may forbid it: then every question goes to /proc.
  let copies = true;
  return {
    ends(process, fd, inode) {
      if (copies) {
        const copy = copyDescriptor(process, fd);
        if (copy >= 0) {
          try {
            return endsOf(copy);
          } finally {
            closeDescriptor(copy);
          }
        }
        copies = false;
      }
      return endsInTables(process, inode);
    },
  };
}

/** A descriptor of ours for another process's open file, for a moment; or a negated errno. */
function copyDescriptor(process: number, fd: number): number {
  const handle = systemCall(youngCalls.pidfd_open, process);
  if (handle < 0) return handle;
  try {
    return systemCall(youngCalls.pidfd_getfd, handle, fd);
  } finally {
    closeDescriptor(handle);
  }
}

function endsOf(fd: number): SocketEnds | undefined {
  if (socketOption(fd, protocolOption) !== tcp) return undefined;
  const local = parseSocketAddress(socketName(fd, "own"));
  return local && { local, peer: parseSocketAddress(socketName(fd, "peer")) };
}

/** Reads a `struct sockaddr_in` or `sockaddr_in6`; `undefined` for another family, or too short. */
export function parseSocketAddress(bytes: Uint8Array | undefined): SocketAddress | undefined {
  if (bytes === undefined || bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const family = view.getUint16(0, true);
  const port = view.getUint16(2, false);
  if (family === internet6Family && bytes.length >= 24) return { address: bytes.slice(8, 24), port };
  return family === internetFamily ? { address: mapped(bytes.subarray(4, 8)), port } : undefined;
}

function mapped(four: Uint8Array): Uint8Array {
  const address = new Uint8Array(16);
  address.fill(0xff, 10, 12);
  address.set(four, 12);
  return address;
}

function endsInTables(process: number, inode: string): SocketEnds | undefined {
  for (const table of ["tcp", "tcp6"]) {
    const found = findInTable(read(`/proc/${process}/net/${table}`), inode);
    if (found !== undefined) return found;
  }
  return undefined;
}

const establishedOrMore = 1;

/** The row of a socket in a proc_net_tcp text. */
export function findInTable(text: string, inode: string): SocketEnds | undefined {
  let at = text.indexOf(` ${inode} `);
  for (; at !== -1; at = text.indexOf(` ${inode} `, at + 1)) {
    const begin = text.lastIndexOf("\n", at) + 1;
    const fields = text.slice(begin, text.indexOf("\n", at)).trim().split(/\s+/);
    if (fields[9] !== inode) continue;
    const [local, peer] = [parseTableAddress(fields[1]!), parseTableAddress(fields[2]!)];
    return { local, peer: peer.port >= establishedOrMore ? peer : undefined };
  }
  return undefined;
}

/** `0100007F:1F90`: words of 32 bits as the machine has them, and a port. */
function parseTableAddress(text: string): SocketAddress {
  const [words = "", port = "0"] = text.split(":");
  const bytes = Buffer.alloc(words.length >> 1);
  for (let at = 0; at < words.length; at += 8)
    bytes.writeUInt32LE(Number.parseInt(words.slice(at, at + 8), 16), at >> 1);
  return { address: bytes.length === 4 ? mapped(bytes) : new Uint8Array(bytes), port: Number.parseInt(port, 16) };
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
