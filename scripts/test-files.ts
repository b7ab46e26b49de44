/** Where this project is, and which test files it has. */

import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root. Scripts run compiled, from `dist/scripts/`. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * The compiled test files of some source folders. Found by their sources, so that what the compiler left of a
 * deleted test does not run.
 */
export function testFiles(folders: readonly string[], isTest = (name: string) => name.endsWith(".test.ts")): string[] {
  return folders
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter(isTest)
        .map((name) => join(folder, name)),
    )
    .sort()
    .map((source) => join(root, "dist", relative(root, source).replace(/\.ts$/, ".js")));
}

/** The source of a compiled file, as a path from the root; other paths as they are. */
export function sourceOf(file: string): string {
  return relative(root, file)
    .replace(/^dist\//, "")
    .replace(/\.js$/, ".ts");
}
