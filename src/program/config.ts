/** Values set once, when the program is loaded, and constant from then on. */

import type { Integer } from "../bytes/index.ts";

/**
 * A value that userspace sets when it loads the program: `export const scope = config(u64, 0n)`. It is read as a plain
 * value; the verifier knows it and drops the code that it rules out.
 */
export function config<Value extends number | bigint>(_type: Integer<Value>, initial: Value): Value {
  return initial;
}
