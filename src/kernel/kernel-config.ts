/** The options the running kernel was built with (`CONFIG_HZ`), and its version as a number. */

import { readFileSync } from "node:fs";
import { release } from "node:os";
import { gunzipSync } from "node:zlib";
import { InputError, KernelError } from "../errors/error.ts";
import type { KernelConfigReference, MapSpec } from "../spec/index.ts";

let cached: ReadonlyMap<string, string> | undefined;

/** Options by name, as text: `y`, `m`, a number, or a string in quotes. Options that are not set are absent. */
export function kernelConfig(): ReadonlyMap<string, string> {
  cached ??= parseKernelConfig(readConfig());
  return cached;
}

export function parseKernelConfig(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(/^(CONFIG_\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!.trim()] as const));
}

function readConfig(): string {
  const readers = [
    () => gunzipSync(readFileSync("/proc/config.gz")).toString(),
    () => readFileSync(`/boot/config-${release()}`, "utf8"),
    () => readFileSync(`/lib/modules/${release()}/config`, "utf8"),
  ];
  for (const read of readers) {
    try {
      return read();
    } catch {}
  }
  throw new KernelError(
    "KERNEL_CONFIG_ABSENT",
    `this system has neither /proc/config.gz nor /boot/config-${release()}: Tarsier cannot tell how the kernel was built`,
  );
}

/** `KERNEL_VERSION(6, 1, 57)` of C. */
export function kernelVersionNumber(text: string = release()): number {
  const [major = 0, minor = 0, patch = 0] = (/^(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? []).slice(1).map(Number);
  return ((major << 16) | (minor << 8) | Math.min(patch || 0, 255)) >>> 0;
}

/** What libbpf calls by these names though they are no options; Tarsier's oldest kernel has both. */
const virtual: Readonly<Record<string, () => bigint>> = {
  LINUX_KERNEL_VERSION: () => BigInt(kernelVersionNumber()),
  LINUX_HAS_BPF_COOKIE: () => 1n,
  LINUX_HAS_SYSCALL_WRAPPER: () => 1n,
};

/** An option as the number that a program reads: `n` 0, `y` 1, `m` 2 (`enum libbpf_tristate`). */
export function configNumber(
  name: string,
  config: () => ReadonlyMap<string, string> = kernelConfig,
): bigint | undefined {
  const special = virtual[name];
  if (special !== undefined) return special();
  const text = config().get(name);
  if (text === undefined) return undefined;
  const tristate = { n: 0n, y: 1n, m: 2n }[text];
  if (tristate !== undefined) return tristate;
  if (/^-?(0x[0-9a-f]+|\d+)$/i.test(text)) return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
  throw new InputError("KERNEL_CONFIG_TEXT", `${name} is ${text} on this kernel, which is no number`);
}

/** `spec` with the values that `references` ask of this kernel. */
export function withKernelConfig(spec: MapSpec, references: readonly KernelConfigReference[]): MapSpec {
  const mine = references.filter(({ map }) => map === spec.name);
  if (mine.length === 0) return spec;
  const initial = spec.initial?.slice() ?? new Uint8Array(spec.valueSizeBytes);
  for (const { name, offset, sizeBytes, weak } of mine) {
    const value = configNumber(name);
    if (value === undefined) {
      if (weak) continue;
      throw new KernelError("KERNEL_CONFIG_OPTION", `this kernel was built without ${name}, which the program needs`);
    }
    for (let byte = 0; byte < sizeBytes; byte++) {
      initial[offset + byte] = Number(BigInt.asUintN(8, value >> BigInt(8 * byte)));
    }
  }
  return { ...spec, initial };
}
