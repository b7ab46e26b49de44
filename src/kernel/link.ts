/** Programs at their hooks. A link ends when its last descriptor closes, also when the process dies, unless it is pinned. */

import { KernelError } from "../errors/error.ts";
import * as attributes from "./attribute.ts";
import { attribute, bpf, bpfError, tryBpf } from "./bpf.ts";
import { errnoName, errnoNumber } from "./errno.ts";
import { closeDescriptor, closingOnce, readDescriptor } from "./libc.ts";
import { linkDetach, linkUpdate } from "./link-attribute.ts";
import { type LinkDescription, linkInfo } from "./link-info.ts";
import { pinObject } from "./pin.ts";
import type { KernelProgram } from "./program.ts";

/** A program at its hook. Closing it twice does no harm. */
export interface KernelLink {
  /** The link's descriptor; -1 where the kernel has none for such a hook (filters of sockets, maps of sockets). */
  readonly fd: number;
  /** The program that was attached; `undefined` for a structure of operations. */
  readonly program: KernelProgram | undefined;
  readonly name: string;
  /** What the kernel knows of it. Throws `KernelError` where there is no descriptor. */
  info(): LinkDescription;
  /** Puts another program of the same kind in the place of this one, with no gap (cgroup, XDP, TCX, netns, iterator, structOps). */
  update(program: KernelProgram): void;
  /** Keeps the link at a path of a BPF file system, beyond this process. */
  pin(path: string): void;
  /** Takes the program from its hook, also where pins or other descriptors hold the link. */
  detach(): void;
  close(): void;
  [Symbol.dispose](): void;
}

/** The link behind `fd`, which is closed with it. `beside` is closed after it: perf events. */
export function openLink(
  fd: number,
  program: KernelProgram | undefined,
  name = program?.spec.name ?? `link ${fd}`,
  beside: readonly number[] = [],
): KernelLink {
  const closing = [fd, ...beside].map(closingOnce);
  const close = () => {
    for (const closeOne of closing) closeOne();
  };
  return {
    fd,
    program,
    name,
    info: () => linkInfo(fd),
    update: (next) =>
      void bpf(
        "linkUpdate",
        linkUpdate,
        { linkFd: fd, programFd: next.fd },
        `put ${next.spec.name} in the place of ${name}`,
      ),
    pin: (path) => pinObject(fd, path, `the link of ${name}`),
    detach() {
      const result = tryBpf("linkDetach", attribute(linkDetach, { linkFd: fd }));
      // Hooks that cannot be left by force are left with the last descriptor.
      if (result < 0 && result !== -errnoNumber("EOPNOTSUPP")) throw bpfError(-result, `detach ${name}`);
      if (result < 0) close();
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** Several links of one program as one: perf events are one a processor. */
export function joinLinks(program: KernelProgram, links: readonly KernelLink[]): KernelLink {
  const [first] = links;
  if (first === undefined) throw new KernelError("LINK_NOWHERE", `${program.spec.name} was attached nowhere`);
  if (links.length === 1) return first;
  const close = () => {
    for (const link of links) link.close();
  };
  return {
    ...first,
    update: (next) => {
      for (const link of links) link.update(next);
    },
    pin: () => {
      throw noLink(first.name, "pinned: it is several links");
    },
    detach: () => {
      for (const link of links) link.detach();
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** What is like a link where the kernel has none: `detach` undoes it once, also when it closes. */
export function linkWithout(
  program: KernelProgram,
  detach: (current: KernelProgram) => void,
  attach: (next: KernelProgram) => void,
): KernelLink {
  let current: KernelProgram | undefined = program;
  const { name } = program.spec;
  const close = () => {
    if (current !== undefined) detach(current);
    current = undefined;
  };
  return {
    fd: -1,
    program,
    name,
    info: () => {
      throw noLink(name, "described");
    },
    update(next) {
      attach(next);
      current = next;
    },
    pin: () => {
      throw noLink(name, "pinned");
    },
    detach: close,
    close,
    [Symbol.dispose]: close,
  };
}

function noLink(name: string, done: string): KernelError {
  return new KernelError(
    "LINK_NONE",
    `${name} is attached in a way that the kernel makes no link of: it cannot be ${done}`,
  );
}

/** Runs an iterator once over everything, and returns what its program wrote with `bpf_seq_write`. */
export function runIterator(link: KernelLink): Uint8Array {
  const { name } = link;
  const fd = bpf("iteratorCreate", attributes.iteratorCreate, { linkFd: link.fd }, `run the iterator ${name}`);
  try {
    const chunks: Uint8Array[] = [];
    const chunk = new Uint8Array(64 * 1024);
    for (;;) {
      const result = readDescriptor(fd, chunk);
      if (result === 0) return new Uint8Array(Buffer.concat(chunks));
      if (errnoName(-result) === "EAGAIN") continue;
      if (result < 0) throw new KernelError("ITERATOR_FAILED", `the iterator ${name} failed: ${errnoName(-result)}`);
      chunks.push(chunk.slice(0, result));
    }
  } finally {
    closeDescriptor(fd);
  }
}
