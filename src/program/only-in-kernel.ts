/** The answer of everything in this folder that has a meaning only inside a kernel program. */

import { InputError } from "../errors/error.ts";

export function onlyInKernel(name: string): never {
  throw new InputError("PROGRAM_ONLY_IN_KERNEL", `${name}() works inside a kernel program only, not in userspace`);
}
