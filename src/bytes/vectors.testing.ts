/**
 * Test cases that are not part of this repository: captures and conformance cases, in a folder `shared/vectors` beside
 * the project. `TARSIER_VECTORS` names another place for it.
 */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const vectors = resolve(root, process.env.TARSIER_VECTORS ?? "../shared/vectors");

/** A file or folder of the cases, and why tests of it are to be skipped: `false` when it is there. */
export function findVectors(...path: readonly string[]): { readonly path: string; readonly skip: string | false } {
  const found = join(vectors, ...path);
  return { path: found, skip: existsSync(found) ? false : `no ${join(...path)} in the test vectors (TARSIER_VECTORS)` };
}
