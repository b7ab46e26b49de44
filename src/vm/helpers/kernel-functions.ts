/** Kernel functions (kfuncs) that the sandbox has, by name. */

import type { Helper } from "./helper.ts";

export interface KernelFunction {
  readonly name: string;
  readonly run: Helper;
}

export const kernelFunctions: ReadonlyMap<string, KernelFunction> = new Map();
