/** Loads on a server from a process of its own: as fast as it goes (wrk), or at a fixed rate (h2load). */

import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const connections = 50;

/** Requests a second at full speed, and how many in all. */
export async function fullSpeed(port: number, seconds: number): Promise<{ perSecond: number; requests: number }> {
  const { stdout } = await run("wrk", ["-t1", `-c${connections}`, `-d${seconds}s`, `http://127.0.0.1:${port}/`]);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    requests: Number(/(\d+) requests in/.exec(stdout)?.[1]),
  };
}

/** So many requests, as fast as they go. Returns how many were answered. */
export async function manyRequests(port: number, count: number): Promise<number> {
  const { stdout } = await run("h2load", ["--h1", `-n${count}`, `-c${connections}`, `http://127.0.0.1:${port}/`]);
  return Number(/(\d+) succeeded/.exec(stdout)?.[1] ?? 0);
}

/** The 99th percentile of latencies at a fixed rate, and how many requests were made and answered. */
export async function fixedRate(
  port: number,
  perSecond: number,
  seconds: number,
  directory: string,
): Promise<{ p99Us: number; requests: number }> {
  const log = join(directory, "latencies.log");
  const total = perSecond * seconds;
  // h2load adds to a log that is there.
  rmSync(log, { force: true });
  await run("h2load", [
    "--h1",
    `-n${total}`,
    `-c${connections}`,
    `--rps=${perSecond / connections}`,
    `--log-file=${log}`,
    `http://127.0.0.1:${port}/`,
  ]);
  const latencies = readFileSync(log, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split("\t"))
    .filter(([, status]) => status === "200")
    .map(([, , microseconds]) => Number(microseconds))
    .sort((left, right) => left - right);
  if (latencies.length === 0) throw new Error("no request was answered with status 200");
  return { p99Us: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN, requests: latencies.length };
}
