/**
 * Functions that stay functions. Others are put in place of each call: that is fastest, and lets the verifier know what
 * each call is given. A function that is long and called often is smaller as a subprogram.
 */

import { onlyInKernel } from "./only-in-kernel.ts";

// biome-ignore lint/suspicious/noExplicitAny: a function names the types of its own parameters
type AnyFunction = (...given: any[]) => unknown;

/** A function of at most five parameters, which the verifier looks at anew for each call: `const hash = subprogram((a: u32): u32 => …)`. */
export function subprogram<Function extends AnyFunction>(_function: Function): Function {
  return refusing("a subprogram");
}

/**
 * A function that the verifier looks at once, by the types of its parameters alone: numbers, contexts, and structs of ours,
 * each `| null`. It gives back a number. Large programs verify faster so.
 */
export function globalSubprogram<Function extends AnyFunction>(_function: Function): Function {
  return refusing("a subprogram");
}

function refusing<Function extends AnyFunction>(name: string): Function {
  return (() => onlyInKernel(name)) as unknown as Function;
}
