/** Tests that load something into the kernel: where that is not permitted they are skipped, and say why. */

import { existsSync, readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { createMap } from "./create-map.ts";

const capabilities = { CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const;
const kernelTypesPath = "/sys/kernel/btf/vmlinux";

/**
 * A test that needs BPF. Without it the test is skipped with its reason, except where it must be there: in CI
 * (`CI=true`), as root, on a kernel with types of its own. There it fails.
 */
export function kernelTest(name: string, run: (context: TestContext) => void | Promise<void>): void {
  const reason = whyNoBpf();
  if (reason === undefined) test(name, run);
  else if (process.env.CI === "true" && process.getuid?.() === 0 && existsSync(kernelTypesPath)) {
    test(name, () => {
      throw new Error(`root in CI must be able to run this: ${reason}`);
    });
  } else test(name, { skip: reason }, () => {});
}

/** Why this process cannot load and attach programs; `undefined` when it can. */
export function whyNoBpf(): string | undefined {
  if (!existsSync(kernelTypesPath)) return `this kernel has no ${kernelTypesPath}`;
  const held = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0"}`);
  const has = (name: keyof typeof capabilities) => ((held >> BigInt(capabilities[name])) & 1n) === 1n;
  if (!has("CAP_SYS_ADMIN") && !(has("CAP_BPF") && has("CAP_PERFMON"))) {
    return "needs root, or CAP_BPF and CAP_PERFMON";
  }
  try {
    createMap(
      {
        name: "permitted",
        type: "lruHash",
        keySizeBytes: 4,
        valueSizeBytes: 4,
        maxEntries: 1,
        flags: 0,
        keyTypeId: 0,
        valueTypeId: 0,
      },
      -1,
    ).close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
