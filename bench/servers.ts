/** The servers that are measured, each with and without an observer. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const tarsier = fileURLToPath(new URL("../../bin/tarsier.js", import.meta.url));
const readyLimitMs = 10_000;

/** A server under test: what to run, given a directory of its own and a port. */
export interface ServerKind {
  readonly name: string;
  command(directory: string, port: number): string[];
}

export const nginx: ServerKind = {
  name: "nginx, small file",
  command(directory, port) {
    mkdirSync(join(directory, "www"), { recursive: true });
    writeFileSync(join(directory, "www", "index.html"), "hello from a small file\n".repeat(20));
    writeFileSync(
      join(directory, "nginx.conf"),
      `worker_processes 1; daemon off; pid ${directory}/pid; error_log ${directory}/error.log;
events { worker_connections 512; }
http {
  access_log off; sendfile on; keepalive_requests 100000000;
  client_body_temp_path ${directory}/b; proxy_temp_path ${directory}/p; fastcgi_temp_path ${directory}/f;
  uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s;
  server { listen 127.0.0.1:${port}; root ${directory}/www; }
}
`,
    );
    return ["nginx", "-e", join(directory, "error.log"), "-c", join(directory, "nginx.conf")];
  },
};

export const hello: ServerKind = {
  name: "Node hello",
  command(_directory, port) {
    const source = `require("node:http").createServer((request, response) => response.end("hello")).listen(${port}, "127.0.0.1")`;
    return [process.execPath, "-e", source];
  },
};

/** A server that runs, perhaps observed. */
export interface RunningServer {
  /** Resident memory of the observer, in bytes; 0 without one. */
  observerMemoryBytes(): number;
  stop(): Promise<void>;
  /** What the observer wrote, once it has ended. */
  records(): string;
}

/** Starts a server and waits until it listens. */
export async function startServer(
  kind: ServerKind,
  directory: string,
  port: number,
  observed: boolean,
  options: readonly string[] = [],
): Promise<RunningServer> {
  mkdirSync(directory, { recursive: true });
  const records = join(directory, "records.jsonl");
  const command = kind.command(directory, port);
  const child = observed
    ? spawn(process.execPath, [tarsier, "observe", "--quiet", "--json", "-o", records, ...options, "--", ...command], {
        stdio: "ignore",
      })
    : spawn(command[0]!, command.slice(1), { stdio: "ignore" });
  await listening(port, child);
  return {
    observerMemoryBytes: () => (observed ? residentBytes(child.pid!) : 0),
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
    records: () => (observed ? readFileSync(records, "utf8") : ""),
  };
}

export async function listening(port: number, child: ChildProcess): Promise<void> {
  const limit = Date.now() + readyLimitMs;
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const connected = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (connected) return;
    if (child.exitCode !== null || Date.now() > limit) throw new Error(`the server on port ${port} does not start`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}
