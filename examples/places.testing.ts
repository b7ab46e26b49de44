/** For tests of examples: a cgroup of their own with processes in it, and two network namespaces with a cable between them. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cgroupId, findCgroupHierarchy, levelBelow } from "../src/identity/cgroup.ts";

/** Where an example lies: a test stands, compiled, in `dist/examples/`. */
export const example = (name: string) => new URL(`../../examples/${name}.ts`, import.meta.url);

export interface Finished {
  readonly pid: number;
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
}

export interface OwnCgroup {
  readonly path: string;
  /** What `examples/scope.ts` is told. */
  readonly scope: { readonly cgroupId: bigint; readonly cgroupLevel: number };
  /** Runs a command inside, to its end. */
  run(...command: readonly string[]): Promise<Finished>;
}

let count = 0;

/** A cgroup for the time of a call. */
export async function withCgroup(use: (cgroup: OwnCgroup) => Promise<void>): Promise<void> {
  const { root, own } = findCgroupHierarchy()!;
  const path = join(own, `tarsier-example-${process.pid}-${count++}`);
  mkdirSync(path);
  try {
    await use({
      path,
      scope: { cgroupId: cgroupId(path), cgroupLevel: levelBelow(root, path) },
      run: (...command) => finished("sh", ["-c", `echo $$ > ${path}/cgroup.procs && exec "$@"`, "sh", ...command]),
    });
  } finally {
    await removed(path);
  }
}

async function finished(command: string, args: readonly string[]): Promise<Finished> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"], timeout: 10_000 });
  let stdout = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  const [status, signal] = (await once(child, "close")) as [number | null, string | null];
  return { pid: child.pid!, status, signal, stdout };
}

/** A cgroup can be removed a moment after its last process ended. */
async function removed(path: string): Promise<void> {
  for (let round = 0; ; round++) {
    try {
      return rmdirSync(path);
    } catch (error) {
      if (round === 100) throw error;
      await new Promise((later) => setTimeout(later, 10));
    }
  }
}

/** A server on this machine for the time of a call, which says `hello` to everybody. */
export async function withServer(host: string, use: (port: number) => Promise<void>): Promise<void> {
  const server: Server = createServer((socket) => socket.on("error", () => {}).end("hello\n"));
  await new Promise<void>((listening) => server.listen(0, host, listening));
  try {
    await use((server.address() as { port: number }).port);
  } finally {
    server.close();
  }
}

/** A bash script that connects, says `hi`, and prints what it hears. */
export const talk = (host: string, port: number) =>
  ["bash", "-c", `exec 3<>/dev/tcp/${host}/${port} && echo hi >&3 && cat <&3`] as const;

/** Two network namespaces with an interface `tarsier0` in each, for the time of a call. */
export async function withCable(use: (near: Namespace, far: Namespace) => Promise<void>): Promise<void> {
  const near = await namespace();
  const far = await namespace();
  try {
    near.run(`ip link add tarsier0 type veth peer name tarsier0 netns ${far.pid}`);
    near.run("ip address add 10.99.0.1/24 dev tarsier0; ip link set tarsier0 up");
    far.run("ip address add 10.99.0.2/24 dev tarsier0; ip link set tarsier0 up");
    await use(near, far);
  } finally {
    near.close();
    far.close();
  }
}

export interface Namespace {
  readonly pid: number;
  readonly netns: string;
  /** Runs a script of bash in it. */
  run(script: string): string;
  close(): void;
}

async function namespace(): Promise<Namespace> {
  const holder = spawn("unshare", ["-n", "sh", "-c", "echo ready; exec sleep 60"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  const netns = `/proc/${holder.pid}/ns/net`;
  return {
    pid: holder.pid!,
    netns,
    run: (script) => execFileSync("nsenter", [`--net=${netns}`, "bash", "-c", script], { encoding: "utf8" }),
    close: () => void holder.kill("SIGKILL"),
  };
}

/** Files of a key and a certificate that nobody has signed but itself, for the time of a call. */
export async function withCertificate(use: (files: { key: string; cert: string }) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "tarsier-tls-"));
  try {
    const files = { key: join(directory, "key"), cert: join(directory, "cert") };
    const request = ["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    const output = ["-subj", "/CN=localhost", "-keyout", files.key, "-out", files.cert];
    execFileSync("openssl", [...request, ...output], { stdio: "ignore" });
    await use(files);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
