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

/** The type that stands for a hook in the kernel's BTF; `undefined` when this kernel does not have the hook, 0 when it needs none. */
export function hookTypeId(types: Btf, hook: HookSpec): number | undefined {
  switch (hook.kind) {
    case "tpBtf":
      return types.find(`btf_trace_${hook.target}`, "typedef");
    case "fentry":
    case "fexit":
      return types.find(hook.target, "func");
    case "iterator":
      return types.find(`bpf_iter_${hook.target}`, "func");
    case "rawTracepoint":
      return 0;
  }
}
