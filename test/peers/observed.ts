/** Tests of `tarsier observe` against real programs: start it, talk to what it observes, read what it recorded. */

import assert from "node:assert/strict";
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { listeningPorts } from "../../src/identity/listening.ts";
import type { ConnectionRecord, ObserveRecord, RequestRecord, SummaryRecord } from "../../src/records/index.ts";
import { assertNothingLeft, findTraces } from "./traces.ts";

const tarsier = fileURLToPath(new URL("../../../bin/tarsier.js", import.meta.url));

/** `tarsier` with parameters, as a command. */
export const tarsierCommand = (...parameters: string[]) => [process.execPath, tarsier, ...parameters];

/** A file beside the tests' sources: scripts and programs of the other side. */
export const peerFile = (name: string) => fileURLToPath(new URL(`../../../test/peers/${name}`, import.meta.url));

const waitLimitMs = 15_000;

/** A process of a test, with what it has printed so far. */
export interface Running {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The match of a pattern in what it prints, or has printed, on standard output. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Its exit code, with 128 added to the number of a signal, when it has ended and closed its outputs. */
  readonly ended: Promise<number>;
}

/** What an observation recorded. */
export interface Observed {
  readonly exitCode: number;
  readonly requests: readonly RequestRecord[];
  readonly connections: readonly ConnectionRecord[];
  readonly summary: SummaryRecord;
  readonly stderr: string;
  readonly stdout: string;
}

/** A running observation. */
export interface Observation extends Running {
  /** Records written so far. */
  records(): ObserveRecord[];
  /** Waits until it ends by itself. */
  readonly result: Promise<Observed>;
  /** Sends Tarsier a signal, and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<Observed>;
}

/** What a test works with; whatever it starts is ended with it. */
export interface Scene {
  /** A temporary directory. */
  readonly folder: string;
  run(command: readonly string[], options?: SpawnOptions): Running;
  /** `tarsier observe --json` with these options, once everything is attached. */
  observe(options: readonly string[], settings?: SpawnOptions): Promise<Observation>;
}

/** A test that needs root; after it, the machine must be as before. */
export function observedTest(name: string, act: (scene: Scene) => Promise<void>): void {
  const skip = process.getuid?.() === 0 ? false : "needs root";
  test(name, { skip, timeout: 90_000 }, async () => {
    const before = findTraces();
    const folder = mkdtempSync(join(tmpdir(), "tarsier-peers-"));
    const started: Running[] = [];
    const run: Scene["run"] = (command, options = {}) => {
      const running = start(command, options);
      started.push(running);
      return running;
    };
    try {
      await act({ folder, run, observe: (options, settings) => observe(run, folder, options, settings) });
    } finally {
      for (const { child } of started.reverse()) await end(child);
      rmSync(folder, { recursive: true, force: true });
    }
    await assertNothingLeft(before);
  });
}

async function observe(
  run: Scene["run"],
  folder: string,
  options: readonly string[],
  settings: SpawnOptions = {},
): Promise<Observation> {
  const output = join(folder, `${process.hrtime.bigint()}.jsonl`);
  const running = run(tarsierCommand("observe", "--json", "-o", output, ...options), settings);
  const records = () => readRecords(output);
  const result = running.ended.then((exitCode) => sumUp(exitCode, records(), running));
  result.catch(() => {});
  await seen(running, running.stderr, /^tarsier: observing .*attached/m);
  return {
    ...running,
    records,
    result,
    stop(signal = "SIGTERM") {
      running.child.kill(signal);
      return result;
    },
  };
}

function start([name, ...parameters]: readonly string[], options: SpawnOptions): Running {
  const child = spawn(name!, parameters, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const text = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8").on("data", (part) => {
      text[stream] += part;
    });
  }
  const stdout = () => text.stdout;
  const stderr = () => text.stderr;
  const ended = once(child, "close").then(([code, signal]) => code ?? 128 + signalNumber(signal));
  ended.catch(() => {});
  const running = { pid: child.pid ?? 0, child, stdout, stderr, ended };
  return { ...running, printed: (pattern) => seen(running, stdout, pattern) };
}

const signalNumber = (name: string) => ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 })[name] ?? 0;

/** Waits for a pattern in a text that grows. */
async function seen(
  { child, stdout, stderr }: Omit<Running, "printed">,
  text: () => string,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  for (const deadline = performance.now() + waitLimitMs; ; await sleep(5)) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    const match = pattern.exec(text());
    if (match !== null) return match;
    assert.ok(!hasEnded && performance.now() < deadline, `waited for ${pattern}:\n${stdout()}\n${stderr()}`);
  }
}

/** Ends a process of ours that a test left running. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill("SIGTERM");
  const exited = once(child, "exit");
  if ((await Promise.race([exited, sleep(7000, "late")])) === "late") {
    child.kill("SIGKILL");
    await exited;
  }
}

function readRecords(path: string): ObserveRecord[] {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function sumUp(exitCode: number, records: readonly ObserveRecord[], { stdout, stderr }: Running): Observed {
  const summary = records.find((record) => record.type === "summary");
  assert.ok(summary, `no summary (exit code ${exitCode}):\n${stderr()}`);
  return {
    exitCode,
    requests: records.filter((record) => record.type === "request"),
    connections: records.filter((record) => record.type === "connection"),
    summary,
    stdout: stdout(),
    stderr: stderr(),
  };
}

/** The port of an endpoint as records have it: `127.0.0.1:80`, `[::1]:80`. */
export const portOf = (endpoint: string) => Number(endpoint.slice(endpoint.lastIndexOf(":") + 1));

/** Waits until something listens on a port, without connecting to it. */
export async function whenListening(port: number): Promise<void> {
  for (const deadline = performance.now() + waitLimitMs; !listeningPorts(process.pid).has(port); await sleep(10)) {
    assert.ok(performance.now() < deadline, `nobody listens on port ${port}`);
  }
}
