/** The command line as it is installed: from the bundle, by a launcher of a few bytes. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";

const bundle = new URL("../bundle/tarsier.js", import.meta.url).href;

/** Writes the launcher to a folder, and gives its path. */
export function launcherIn(folder: string): string {
  const path = join(folder, "tarsier.mjs");
  writeFileSync(
    path,
    `import { main } from ${JSON.stringify(bundle)};\nprocess.exitCode = await main(process.argv.slice(2));\n`,
  );
  return path;
}
