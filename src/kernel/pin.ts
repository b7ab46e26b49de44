/** Pins: names of maps, programs and links in a BPF file system, by which they outlive the process that made them. */

import { mkdirSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { KernelError } from "../errors/error.ts";
import { objectPath } from "./attribute.ts";
import { attribute, bpfError, tryBpf } from "./bpf.ts";
import { cString } from "./c-string.ts";
import { errnoName, errnoNumber } from "./errno.ts";
import { addressOf } from "./libc.ts";

/** Where BPF file systems are mounted. */
export const defaultPinDirectory = "/sys/fs/bpf";

/** Pins what is behind `fd`; `label` names it in errors. */
export function pinObject(fd: number, path: string, label: string): void {
  const text = cString(path);
  const pin = () => tryBpf("objectPin", attribute(objectPath, { path: addressOf(text), fd }), text);
  let result = pin();
  if (result === -errnoNumber("ENOENT")) {
    mkdirSync(dirname(path), { recursive: true });
    result = pin();
  }
  if (result < 0) throw pinError(-result, path, label);
}

/** A descriptor of what is pinned at `path`; `undefined` when nothing is. */
export function openPin(path: string, label: string): number | undefined {
  const text = cString(path);
  const result = tryBpf("objectGet", attribute(objectPath, { path: addressOf(text) }), text);
  if (result === -errnoNumber("ENOENT")) return undefined;
  if (result < 0) throw pinError(-result, path, label);
  return result;
}

/** Takes a pin away; what it kept lives on as long as something else holds it. True if there was one. */
export function unpin(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

function pinError(errno: number, path: string, label: string) {
  const name = errnoName(errno);
  if (name === "EEXIST") {
    return new KernelError("PIN_EXISTS", `cannot pin ${label} at ${path}: something is there; unpin it first`);
  }
  if (name === "EINVAL" || name === "ENOENT" || (name === "EPERM" && process.getuid?.() === 0)) {
    return new KernelError(
      "PIN_NO_BPFFS",
      `cannot pin ${label} at ${path} (${name}): it must lie in a BPF file system; mount one with \`mount -t bpf bpf ${defaultPinDirectory}\``,
    );
  }
  return bpfError(errno, `pin ${label} at ${path}`);
}
