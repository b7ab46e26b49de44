/** Addresses of the kernel's symbols, and their names, from `/proc/kallsyms`. */

import { readFileSync } from "node:fs";
import { KernelError } from "../errors/error.ts";

const path = "/proc/kallsyms";

/** The address of a symbol; `undefined` when there is none. Throws `KernelError` where addresses are hidden. */
export function kernelAddress(name: string): bigint | undefined {
  const line = linesWith(` ${name}`).find((found) => found.split(/\s/)[2] === name);
  if (line === undefined) return undefined;
  const address = BigInt(`0x${line.slice(0, line.indexOf(" "))}`);
  if (address === 0n) {
    throw new KernelError(
      "SYMBOLS_HIDDEN",
      `${path} hides the address of ${name}: run as root and set kernel.kptr_restrict to 1 or less`,
    );
  }
  return address;
}

/** The functions of the kernel whose names match a pattern with `*` and `?`. */
export function kernelFunctionsLike(pattern: string): string[] {
  const expression = new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );
  const names = new Set<string>();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [, type, name] = line.split(/\s/, 3);
    if ((type === "t" || type === "T") && name !== undefined && expression.test(name)) names.add(name);
  }
  return [...names];
}

function linesWith(text: string): string[] {
  const all = readFileSync(path, "latin1");
  const lines: string[] = [];
  for (let at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + 1)) {
    const next = all[at + text.length];
    if (next !== "\n" && next !== "\t" && next !== undefined) continue;
    const start = all.lastIndexOf("\n", at) + 1;
    const end = all.indexOf("\n", at);
    lines.push(all.slice(start, end < 0 ? undefined : end));
  }
  return lines;
}
