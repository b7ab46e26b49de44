/**
 * `npm run bench:user-engine`: a Node hello server at full speed under `observe --engine user`, alone, and under strace with a
 * seccomp filter, interleaved; prints a table. Every request that was answered must have been seen.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../scripts/free-port.ts";
import { fullSpeed } from "./load.ts";
import { hello, listening, startServer } from "./servers.ts";
import { median, spread } from "./statistics.ts";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const seconds = Number(process.env["BENCH_FULL_SECONDS"] ?? 5);
const calls = "read,write,readv,writev,close,accept4";

const directory = mkdtempSync(join(tmpdir(), "tarsier-bench-"));

/** Requests a second; `missed` are those that were answered and not seen. */
interface Visit {
  readonly perSecond: number;
  readonly missed: number;
}

async function visit(observed: boolean): Promise<Visit> {
  const port = await freePort();
  const options = ["--engine", "user", "--cpu-budget", "100%"];
  const server = await startServer(hello, join(directory, String(port)), port, observed, options);
  const { perSecond, requests } = await fullSpeed(port, seconds);
  await server.stop();
  if (!observed) return { perSecond, missed: 0 };
  const lines = server.records().trim().split("\n");
  const summary = JSON.parse(lines.at(-1)!) as { requests: { server: number }; lost: number };
  const records = lines.filter((line) => line.startsWith('{"type":"request"')).length;
  return { perSecond, missed: Math.max(0, requests - records, requests - summary.requests.server) + summary.lost };
}

async function visitUnderStrace(): Promise<Visit> {
  const port = await freePort();
  const command = hello.command(directory, port);
  const options = ["-f", "--seccomp-bpf", "-o", "/dev/null", "-e", `trace=${calls}`];
  const child: ChildProcess = spawn("strace", [...options, ...command], { stdio: "ignore", detached: true });
  await listening(port, child);
  const { perSecond } = await fullSpeed(port, seconds);
  process.kill(-child.pid!, "SIGTERM");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return { perSecond, missed: 0 };
}

const ways = {
  alone: () => visit(false),
  "observe --engine user": () => visit(true),
  "strace --seccomp-bpf": visitUnderStrace,
} as const;
const visits = new Map<string, Visit[]>(Object.keys(ways).map((name) => [name, []]));
try {
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) visits.get(name)!.push(await way());
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

const format = (number: number) => Math.round(number).toLocaleString("en");
console.log(
  `| Node hello server, wrk with 50 connections, ${rounds} rounds of ${seconds} s | requests a second | spread | missed |`,
);
console.log("|---|---|---|---|");
for (const [name, all] of visits) {
  const speeds = all.map(({ perSecond }) => perSecond);
  const missed = all.reduce((sum, each) => sum + each.missed, 0);
  console.log(
    `| ${name} | ${format(median(speeds))} | ${spread(speeds, format)} | ${name.startsWith("observe") ? missed : "–"} |`,
  );
}
