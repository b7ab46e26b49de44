/** Descriptors that travel in messages over Unix sockets (`SCM_RIGHTS`, unix(7)): a connection on its way is not over. */

import { isConnection } from "./descriptors.ts";
import { readMemory } from "./libc.ts";
import type { Thread } from "./processes.ts";
import type { TracedFiles } from "./traced-files.ts";

/** Where in `struct msghdr` its control data are, and in those a `cmsghdr`. */
const messageBytes = 56;
const controlAt = 32;
const controlHeaderBytes = 16;
const socketLevel = 1;
const rightsType = 1;
const controlLimit = 4096;

/** Follows descriptors from process to process. */
export interface Rights {
  /** A message is about to be sent. */
  sent(thread: Thread, message: bigint): void;
  /** A message has been received. */
  received(thread: Thread, message: bigint): void;
}

export function createRights(files: TracedFiles): Rights {
  /** Connections that a message carries and nobody has received yet, by inode: how often. */
  const travelling = new Map<string, number>();
  return {
    sent(thread, message) {
      for (const fd of descriptorsIn(thread.tid, message)) {
        const descriptor = files.resolve(thread, fd);
        if (!isConnection(descriptor)) continue;
        descriptor.holders++;
        travelling.set(descriptor.inode, (travelling.get(descriptor.inode) ?? 0) + 1);
      }
    },
    received(thread, message) {
      for (const fd of descriptorsIn(thread.tid, message)) {
        const descriptor = files.resolve(thread, fd);
        if (!isConnection(descriptor)) continue;
        const count = travelling.get(descriptor.inode) ?? 0;
        if (count === 0) continue;
        descriptor.holders--;
        if (count === 1) travelling.delete(descriptor.inode);
        else travelling.set(descriptor.inode, count - 1);
      }
    },
  };
}

function descriptorsIn(tid: number, message: bigint): number[] {
  const header = new Uint8Array(messageBytes);
  if (!readMemory(tid, message, header)) return [];
  const view = new DataView(header.buffer);
  const length = Number(view.getBigUint64(controlAt + 8, true));
  if (length < controlHeaderBytes) return [];
  const control = new Uint8Array(Math.min(length, controlLimit));
  if (!readMemory(tid, view.getBigUint64(controlAt, true), control)) return [];
  return parseRights(control);
}

/** The descriptors in control data. */
export function parseRights(control: Uint8Array): number[] {
  const view = new DataView(control.buffer, control.byteOffset, control.length);
  const found: number[] = [];
  let at = 0;
  while (at + controlHeaderBytes <= control.length) {
    const length = Number(view.getBigUint64(at, true));
    if (length < controlHeaderBytes || at + length > control.length) break;
    if (view.getInt32(at + 8, true) === socketLevel && view.getInt32(at + 12, true) === rightsType) {
      for (let fd = at + controlHeaderBytes; fd + 4 <= at + length; fd += 4) found.push(view.getInt32(fd, true));
    }
    at += (length + 7) & ~7;
  }
  return found;
}
