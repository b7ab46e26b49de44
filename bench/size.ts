/**
 * What an installed Tarsier takes: `npm pack`, installed with its runtime dependencies in a folder of its own, of which
 * npm takes only this platform's binaries. `node dist/bench/size.js` prints it; above the limit it exits with 1.
 */

import { execFileSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const limitMegabytes = 25;
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Bytes of all files below a path. */
function bytesIn(path: string): number {
  const found = lstatSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}

/** The packages in a `node_modules`, by name. */
function packagesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
    );
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

/** Runs npm, and gives what it prints. */
function npm(cwd: string, ...parameters: string[]): string {
  return execFileSync("npm", parameters, { cwd, stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });
}

const folder = mkdtempSync(join(tmpdir(), "tarsier-size-"));
try {
  const packed = npm(root, "pack", "--ignore-scripts", "--json", "--pack-destination", folder);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  writeFileSync(join(folder, "package.json"), "{}");
  npm(folder, "install", "--ignore-scripts", "--no-audit", "--no-fund", join(folder, filename));
  const modules = join(folder, "node_modules");
  const sizes = packagesIn(modules).map((name) => ({ name, bytes: bytesIn(join(modules, name)) }));
  for (const { name, bytes } of sizes.sort((one, other) => other.bytes - one.bytes)) {
    console.log(`${megabytes(bytes).padStart(9)}  ${name}`);
  }
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${megabytes(total).padStart(9)}  in all; the limit is ${limitMegabytes} MB`);
  console.log(`${megabytes(lstatSync(join(folder, filename)).size).padStart(9)}  the package as it is published`);
  if (total > limitMegabytes * 1e6) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
