/** Files out of Debian's packages, without installing them. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Where downloads are kept between runs: `TARSIER_CACHE`, or `tarsier` in the user's cache. */
export const cache =
  process.env.TARSIER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tarsier");

/** The newest of the packages with such a name: numbers in names count as numbers. */
export function newestPackage(pattern: RegExp): string | undefined {
  const matching = () => newest(run("apt-cache", ["pkgnames"]).split("\n"), pattern);
  const found = matching();
  if (found !== undefined) return found;
  updateLists();
  return matching();
}

/** The newest of the names that match. */
export function newest(names: readonly string[], pattern: RegExp): string | undefined {
  return names
    .filter((name) => pattern.test(name))
    .sort((one, other) => one.localeCompare(other, "en", { numeric: true }))
    .at(-1);
}

/**
 * The folder of what `pick` takes out of a package: from the cache, or downloaded and unpacked. `pick` is given the
 * unpacked package and the folder to fill.
 */
export function fromPackage(name: string, pick: (unpacked: string, into: string) => void): string {
  const kept = join(cache, "packages", name);
  if (cachedPackages().includes(name)) return kept;
  mkdirSync(dirname(kept), { recursive: true });
  const work = mkdtempSync(join(cache, "download-"));
  try {
    download(name, work);
    const archive = readdirSync(work).find((file) => file.endsWith(".deb"));
    if (archive === undefined) throw new Error(`apt-get downloaded no package ${name}`);
    const [unpacked, picked] = [join(work, "unpacked"), join(work, "picked")];
    run("dpkg", ["-x", join(work, archive), unpacked]);
    mkdirSync(picked);
    pick(unpacked, picked);
    rmSync(kept, { recursive: true, force: true });
    renameSync(picked, kept);
    return kept;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Names of the packages that `fromPackage` has. */
export function cachedPackages(): string[] {
  try {
    return readdirSync(join(cache, "packages"));
  } catch {
    return [];
  }
}

function download(name: string, into: string): void {
  console.log(`downloading ${name}`);
  try {
    run("apt-get", ["-qq", "download", name], into);
  } catch {
    updateLists();
    run("apt-get", ["-qq", "download", name], into);
  }
}

function updateLists(): void {
  if (process.getuid?.() === 0) run("apt-get", ["-qq", "update"]);
}

/** Runs a command and returns what it printed. Throws what it said when it fails. */
function run(command: string, parameters: readonly string[], folder?: string): string {
  const { error, status, stdout, stderr } = spawnSync(command, parameters, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${[command, ...parameters].join(" ")}: ${stderr.trim()}`);
  return stdout;
}
