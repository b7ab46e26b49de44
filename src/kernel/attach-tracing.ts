/** Hooks that the kernel's own types name: tracepoints, functions, security hooks, iterators. */

import { openSync } from "node:fs";
import type { AttachContext } from "./attach.ts";
import { createLink } from "./attach-link.ts";
import type { OverObjects, WithCookie } from "./attach-options.ts";
import * as attributes from "./attribute.ts";
import { attribute, tryBpf } from "./bpf.ts";
import { cString } from "./c-string.ts";
import { addressOf, closeDescriptor } from "./libc.ts";
import { type KernelLink, openLink } from "./link.ts";
import { cgroupIterator, iteratorLink, mapIterator, taskIterator } from "./link-attribute.ts";
import type { KernelProgram } from "./program.ts";
import { requirementOf } from "./requirements.ts";

/** Attaches to what the program was verified against. */
export function attachTracing(program: KernelProgram, { cookie = 0n }: WithCookie): KernelLink {
  return openRawTracepoint(program, 0n, cookie);
}

/** Attaches to the tracepoint in the program's spec, by name. */
export function attachRawTracepoint(program: KernelProgram, { cookie = 0n }: WithCookie): KernelLink {
  const name = cString(program.spec.hook.target);
  return openRawTracepoint(program, addressOf(name), cookie, name);
}

function openRawTracepoint(program: KernelProgram, name: bigint, cookie: bigint, ...memory: Uint8Array[]): KernelLink {
  const { hook } = program.spec;
  const values = { name, programFd: program.fd, cookie };
  const fd = tryBpf("rawTracepointOpen", attribute(attributes.rawTracepointOpen, values), ...memory);
  if (fd < 0) throw requirementOf.hook(hook.kind, -fd, `attach ${program.spec.name} to ${hook.target}`);
  return openLink(fd, program);
}

/** The ways of an iterator over cgroups (`enum bpf_cgroup_iter_order`). */
const orders = { self: 1, descendantsFirst: 3, descendantsLast: 2, ancestors: 4 } as const;

/** Makes an iterator of a program: over everything of its kind, or only what the options name. */
export function attachIterator(program: KernelProgram, options: OverObjects, context: AttachContext): KernelLink {
  const { hook, name } = program.spec;
  const map = options.map ?? (hook.map === undefined ? undefined : context.map(hook.map));
  const { pid, thread, cgroup, order = "descendantsLast" } = options;
  const directory = typeof cgroup === "string" ? openSync(cgroup, "r") : undefined;
  try {
    const info =
      map !== undefined
        ? mapIterator.encode({ mapFd: map.fd })
        : cgroup !== undefined
          ? cgroupIterator.encode({ order: orders[order], cgroupFd: directory ?? Number(cgroup), cgroupId: 0n })
          : pid !== undefined || thread !== undefined
            ? taskIterator.encode({ thread: thread ?? 0, process: thread === undefined ? pid! : 0, processFd: 0 })
            : undefined;
    const values = info && { info: addressOf(info), infoLength: info.byteLength };
    return createLink(
      program,
      iteratorLink,
      { ...values },
      `the iterator ${hook.target} as ${name}`,
      info ? [info] : [],
    );
  } finally {
    if (directory !== undefined) closeDescriptor(directory);
  }
}
