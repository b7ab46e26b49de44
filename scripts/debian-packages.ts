/** Debian packages that tests need: which, and how they get here without starting anything. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";

/** What the tests against real servers and clients use. */
export const peerPackages = [
  "nginx-light",
  "apache2-utils",
  "wrk",
  "curl",
  "python3",
  "golang-go",
  "clang-19",
  "bpftool",
  "gcc",
  "libc6-dev",
  "chromium",
] as const;

/** What boots other kernels. */
export const vmPackages = ["qemu-system-x86"] as const;

/** Asked by Debian's maintainer scripts whether a service may be started; 101 is "no". */
const servicePolicy = "/usr/sbin/policy-rc.d";

/**
 * Installs those of the packages that are missing; no service is started. Says in words why it could not, or
 * `undefined` when all are there.
 */
export async function installMissing(packages: readonly string[]): Promise<string | undefined> {
  if (!existsSync("/usr/bin/dpkg-query")) return "this is not Debian: there is no dpkg-query";
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return undefined;
  if (process.getuid?.() !== 0) return `only root can install ${missing.join(", ")}`;

  console.error(`installing ${missing.join(", ")}`);
  return await withoutServices(async (run) => {
    const install = ["install", "--yes", "--no-install-recommends", ...missing];
    if ((await run("apt-get", install)) === 0) return undefined;
    await run("apt-get", ["update"]);
    return (await run("apt-get", install)) === 0 ? undefined : `apt-get could not install ${missing.join(", ")}`;
  });
}

function isInstalled(name: string): boolean {
  const { stdout } = spawnSync("dpkg-query", ["--status", name], { encoding: "utf8" });
  return stdout.includes("\nStatus: install ok installed\n");
}

type Run = (command: string, options: readonly string[]) => Promise<number>;

/** Does something while no service may be started; the policy goes with it, also when it is interrupted. */
async function withoutServices<Result>(doIt: (run: Run) => Promise<Result>): Promise<Result> {
  const ours = !existsSync(servicePolicy);
  if (ours) writeFileSync(servicePolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  let child: ChildProcess | undefined;
  let interrupted = false;
  const interrupt = (signal: NodeJS.Signals) => {
    interrupted = true;
    child?.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await doIt(
      (command, options) =>
        new Promise((resolve, reject) => {
          if (interrupted) return reject(new Error(`interrupted before ${command}`));
          const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
          child = spawn(command, ["-qq", "-o", "DPkg::Lock::Timeout=300", ...options], {
            env,
            stdio: ["ignore", process.stderr, process.stderr],
          });
          child.once("error", reject).once("close", (status) => resolve(status ?? 1));
        }),
    );
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
    if (ours) rmSync(servicePolicy, { force: true });
  }
}
