/**
 * What an installed Tarsier takes: `npm pack`, installed with its runtime dependencies in a folder of its own, of which
 * npm takes only this platform's binaries.
 */

import { execFileSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

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

/** Runs npm, and gives what it prints. */
function npm(cwd: string, ...parameters: string[]): string {
  return execFileSync("npm", parameters, { cwd, stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });
}

/** Bytes of each installed package, the largest first, and of the package as it is published. */
export function installedSizes(): {
  readonly packages: { name: string; bytes: number }[];
  readonly packedBytes: number;
} {
  const folder = mkdtempSync(join(tmpdir(), "tarsier-size-"));
  try {
    const packed = npm(root, "pack", "--ignore-scripts", "--json", "--pack-destination", folder);
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    writeFileSync(join(folder, "package.json"), "{}");
    npm(folder, "install", "--ignore-scripts", "--no-audit", "--no-fund", join(folder, filename));
    const modules = join(folder, "node_modules");
    const packages = packagesIn(modules).map((name) => ({ name, bytes: bytesIn(join(modules, name)) }));
    packages.sort((one, other) => other.bytes - one.bytes);
    return { packages, packedBytes: lstatSync(join(folder, filename)).size };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
