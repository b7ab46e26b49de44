/** Attaching programs. A link ends when its descriptor closes, also when the process dies. */

import { KernelError } from "../errors/error.ts";
import * as attributes from "./attribute.ts";
import { bpf } from "./bpf.ts";
import { errnoName } from "./errno.ts";
import { addressOf, closeDescriptor, closingOnce, readDescriptor } from "./libc.ts";
import type { KernelMap } from "./map.ts";
import type { KernelProgram } from "./program.ts";

const iteratorAttachType = 28;

/** A program at its hook. Closing it twice does no harm. */
export interface KernelLink {
  readonly fd: number;
  readonly program: KernelProgram;
  close(): void;
}

/** Attaches a tracing or raw tracepoint program to the hook in its spec. */
export function attachTracing(program: KernelProgram): KernelLink {
  const { hook, name } = program.spec;
  const tracepoint = new TextEncoder().encode(`${hook.target}\0`);
  const fd = bpf(
    "rawTracepointOpen",
    attributes.rawTracepointOpen,
    { name: hook.kind === "rawTracepoint" ? addressOf(tracepoint) : 0n, programFd: program.fd },
    `attach ${name} to ${hook.target}`,
    tracepoint,
  );
  return linkOf(fd, program);
}

/** Makes an iterator of a program that walks `map`, or everything of its kind where there is no map. */
export function attachIterator(program: KernelProgram, map: KernelMap | undefined): KernelLink {
  const info = new Uint8Array(4);
  if (map !== undefined) new DataView(info.buffer).setUint32(0, map.fd, true);
  const fd = bpf(
    "linkCreate",
    attributes.linkCreate,
    {
      programFd: program.fd,
      attachType: iteratorAttachType,
      ...(map === undefined ? {} : { iteratorInfo: addressOf(info), iteratorInfoLength: info.byteLength }),
    },
    `make an iterator of ${program.spec.name}`,
    info,
  );
  return linkOf(fd, program);
}

/** Runs an iterator once over everything, and returns what its program wrote with `bpf_seq_write`. */
export function runIterator(link: KernelLink): Uint8Array {
  const name = link.program.spec.name;
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

function linkOf(fd: number, program: KernelProgram): KernelLink {
  return { fd, program, close: closingOnce(fd) };
}
