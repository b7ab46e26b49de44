/** What a program takes from the kernel by name: functions (kfuncs) and the addresses of symbols. */

import { poisonedCall } from "../btf/index.ts";
import { KernelError } from "../errors/error.ts";
import { callSources } from "../isa/call.ts";
import { pseudoSources } from "../isa/memory.ts";
import type { ProgramSpec } from "../spec/index.ts";
import { findKernelType, openModuleBtf } from "./kernel-btf.ts";
import { kernelAddress } from "./kernel-symbols.ts";
import { closeDescriptor } from "./libc.ts";

/** The BTF of modules that a program's calls go to, by their index in the load's array of descriptors; 0 is the kernel. */
export interface ModuleDescriptors {
  indexOf(module: string | undefined): number;
  fdOf(module: string | undefined): number;
  readonly list: readonly number[];
  close(): void;
}

export function moduleDescriptors(): ModuleDescriptors {
  // Index 0 stands for the kernel itself: what lies there is not looked at.
  const list = [0];
  const byName = new Map<string, number>();
  const indexOf = (module: string | undefined): number => {
    if (module === undefined) return 0;
    const known = byName.get(module);
    if (known !== undefined) return known;
    const fd = openModuleBtf(module);
    if (fd === undefined) throw new KernelError("MODULE_GONE", `the kernel module ${module} was unloaded: try again`);
    byName.set(module, list.push(fd) - 1);
    return list.length - 1;
  };
  return {
    indexOf,
    fdOf: (module) => list[indexOf(module)]!,
    list,
    close() {
      for (const fd of list.splice(1)) closeDescriptor(fd);
    },
  };
}

/** Fills calls of kernel functions and addresses of kernel symbols into `code`; tells what is missing, by its slot. */
export function fillKernelReferences(
  program: ProgramSpec,
  code: Uint8Array,
  modules: ModuleDescriptors,
): ReadonlyMap<number, string> {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const missing = new Map<number, string>();
  for (const { slot, name, weak } of program.kernelFunctions ?? []) {
    const found = findKernelType(name, ["func"]);
    if (found === undefined) {
      if (!weak) throw absent("function", name, program);
      poisonedCall(view, slot);
      missing.set(slot, `function ${name}`);
      continue;
    }
    const at = slot * 8;
    code[at + 1] = callSources.kernelFunction << 4;
    view.setInt16(at + 2, modules.indexOf(found.module), true);
    view.setInt32(at + 4, found.id, true);
  }
  for (const reference of program.kernelSymbols ?? []) fillSymbol(program, view, reference, modules);
  return missing;
}

function fillSymbol(
  program: ProgramSpec,
  view: DataView,
  { slot, name, weak, typed }: NonNullable<ProgramSpec["kernelSymbols"]>[number],
  modules: ModuleDescriptors,
): void {
  const [source, low, high] = (() => {
    if (typed) {
      const found = findKernelType(name, ["var", "func"]);
      if (found !== undefined) return [pseudoSources.kernelVariable, found.id, modules.fdOf(found.module)] as const;
    } else {
      const address = kernelAddress(name);
      if (address !== undefined) {
        return [
          pseudoSources.value,
          Number(BigInt.asIntN(32, address)),
          Number(BigInt.asIntN(32, address >> 32n)),
        ] as const;
      }
    }
    if (!weak) throw absent("symbol", name, program);
    return [pseudoSources.value, 0, 0] as const;
  })();
  const at = slot * 8;
  view.setUint8(at + 1, (view.getUint8(at + 1) & 0x0f) | (source << 4));
  view.setInt32(at + 4, low, true);
  view.setInt32(at + 12, high, true);
}

function absent(what: string, name: string, program: ProgramSpec): KernelError {
  return new KernelError("KERNEL_SYMBOL_ABSENT", `this kernel has no ${what} ${name}, which ${program.name} uses`);
}
