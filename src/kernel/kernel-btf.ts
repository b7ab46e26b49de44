/** The types of the running kernel and of its modules, each module with the descriptor that programs name it by. */

import { readdirSync, readFileSync } from "node:fs";
import { type Btf, type BtfKind, readBtf } from "../btf/index.ts";
import { btfInfo } from "./btf-info.ts";
import { BtfInfo } from "./info-attribute.ts";
import { addressOf, closeDescriptor } from "./libc.ts";
import { loadedIds, openById } from "./loaded.ts";
import { infoOf } from "./object-info.ts";
import { kernelTypes } from "./vmlinux.ts";

const folder = "/sys/kernel/btf";

/** A type of the kernel: its id, and the module that has it, if it is not in the kernel's own image. */
export interface KernelType {
  readonly id: number;
  readonly btf: Btf;
  readonly module: string | undefined;
}

/** Finds a type in the kernel, or else in any of its modules. */
export function findKernelType(name: string, kinds: readonly BtfKind[]): KernelType | undefined {
  const kernel = kernelTypes();
  const found = firstOf(kernel, name, kinds);
  if (found !== undefined) return { id: found, btf: kernel, module: undefined };
  for (const module of moduleNames()) {
    const btf = moduleTypes(module);
    const id = btf && firstOf(btf, name, kinds);
    if (btf !== undefined && id !== undefined) return { id, btf, module };
  }
  return undefined;
}

function firstOf(btf: Btf, name: string, kinds: readonly BtfKind[]): number | undefined {
  for (const kind of kinds) {
    const id = btf.find(name, kind);
    if (id !== undefined) return id;
  }
  return undefined;
}

function moduleNames(): string[] {
  return readdirSync(folder).filter((name) => name !== "vmlinux");
}

/** Types of a module; `undefined` when it was unloaded meanwhile, or was built for another kernel. */
function moduleTypes(name: string): Btf | undefined {
  try {
    return readBtf(readFileSync(`${folder}/${name}`), kernelTypes());
  } catch {
    return undefined;
  }
}

/** A descriptor of a module's BTF, which the caller closes; `undefined` when it is not loaded. */
export function openModuleBtf(module: string): number | undefined {
  for (const id of loadedIds("btfs")) {
    const fd = openById("btfs", id);
    if (fd === undefined) continue;
    const { ofKernel, name } = btfInfo(fd);
    if (ofKernel && name === module) return fd;
    closeDescriptor(fd);
  }
  return undefined;
}

/** The types of a loaded program or map, by the id of their BTF. */
export function loadedTypes(btfId: number): Btf | undefined {
  const fd = openById("btfs", btfId);
  if (fd === undefined) return undefined;
  try {
    const { btfSize } = infoOf(fd, BtfInfo, "describe types");
    const bytes = new Uint8Array(btfSize);
    infoOf(fd, BtfInfo, "read types", { btf: addressOf(bytes), btfSize }, bytes);
    return readBtf(bytes);
  } finally {
    closeDescriptor(fd);
  }
}
