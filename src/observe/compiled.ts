/** The programs that ship, as the build left them beside their sources. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BugError } from "../errors/error.ts";
import { type CollectionSpec, collectionFromJson } from "../spec/index.ts";

/** A collection of `src/programs/`, by its module's name. */
export function compiledPrograms(name: "tracepoints" | "functions" | "self" | "described"): CollectionSpec {
  const path = fileURLToPath(new URL(`../programs/${name}.json`, import.meta.url));
  try {
    return collectionFromJson(readFileSync(path, "utf8"), path);
  } catch (cause) {
    throw new BugError("PROGRAMS_NOT_BUILT", `the compiled programs are missing: run \`npm run build\` (${path})`, {
      cause,
    });
  }
}
