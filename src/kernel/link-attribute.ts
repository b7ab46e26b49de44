/** `link_create` of `union bpf_attr`: a head that all links share, then what a kind of link needs. */

import { i32, struct, u32, u64 } from "../bytes/index.ts";

/** `target` is a descriptor or the index of an interface. */
const head = { programFd: u32, target: u32, attachType: u32, flags: u32 } as const;

export const linkHead = struct(head);
export const iteratorLink = struct({ ...head, info: u64, infoLength: u32 });
export const perfEventLink = struct({ ...head, cookie: u64 });
export const kernelProbesLink = struct({
  ...head,
  probeFlags: u32,
  count: u32,
  symbols: u64,
  addresses: u64,
  cookies: u64,
});
export const userProbesLink = struct({
  ...head,
  path: u64,
  offsets: u64,
  semaphoreOffsets: u64,
  cookies: u64,
  count: u32,
  probeFlags: u32,
  pid: u32,
});
export const netfilterLink = struct({ ...head, family: u32, hook: u32, priority: i32, netfilterFlags: u32 });
/** Where several programs of an interface or a cgroup stand in order. */
export const orderedLink = struct({ ...head, relative: u32, expectedRevision: u64 });

export const linkUpdate = struct({ linkFd: u32, programFd: u32, flags: u32, replacedFd: u32 });
export const linkDetach = struct({ linkFd: u32 });

/** `union bpf_iter_link_info`. */
export const mapIterator = struct({ mapFd: u32 });
export const cgroupIterator = struct({ order: u32, cgroupFd: u32, cgroupId: u64 });
export const taskIterator = struct({ thread: u32, process: u32, processFd: u32 });
