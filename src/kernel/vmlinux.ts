/** The running kernel's own types. */

import { readFileSync } from "node:fs";
import { type Btf, readBtf } from "../btf/index.ts";
import { KernelError } from "../errors/error.ts";
import type { HookSpec } from "../spec/index.ts";

const path = "/sys/kernel/btf/vmlinux";
let cached: Btf | undefined;

/** BTF of the running kernel, read once. Throws `KernelError` on a kernel built without it. */
export function kernelTypes(): Btf {
  if (cached !== undefined) return cached;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new KernelError(
      "BTF_ABSENT",
      `${path} is missing: Tarsier needs a kernel built with CONFIG_DEBUG_INFO_BTF=y`,
      {
        cause,
      },
    );
  }
  cached = readBtf(bytes);
  return cached;
}

/** Gives back the memory of the kernel's types (some 12 MB); they are read again when they are needed. */
export function releaseKernelTypes(): void {
  cached = undefined;
}

/** The name and kind that the type of a hook has in the kernel's BTF. */
export interface HookTypeName {
  readonly name: string;
  readonly kind: "typedef" | "func";
}

/** What the type that stands for a hook is called; `undefined` for hooks that need none. */
export function hookTypeName({ kind, target }: HookSpec): HookTypeName | undefined {
  switch (kind) {
    case "tpBtf":
      return { name: `btf_trace_${target}`, kind: "typedef" };
    case "fentry":
    case "fexit":
    case "modifyReturn":
      return { name: target, kind: "func" };
    case "iterator":
      return { name: `bpf_iter_${target}`, kind: "func" };
    case "lsm":
    case "lsmCgroup":
      return { name: `bpf_lsm_${target}`, kind: "func" };
    default:
      return undefined;
  }
}

/** The type that stands for a hook in the kernel's BTF; `undefined` when this kernel does not have the hook, 0 when it needs none. */
export function hookTypeId(types: Btf, hook: HookSpec): number | undefined {
  const wanted = hookTypeName(hook);
  return wanted === undefined ? 0 : types.find(wanted.name, wanted.kind);
}
