/** `npm run bench`: what observing costs. With and without Tarsier, interleaved; writes bench/RESULTS.md. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../scripts/free-port.ts";
import { fixedRate, fullSpeed } from "./load.ts";
import { measureOutside, measureStart } from "./outside.ts";
import { hello, nginx, type RunningServer, type ServerKind, startServer } from "./servers.ts";
import { median, spread } from "./statistics.ts";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);
const fixedSeconds = Number(process.env["BENCH_FIXED_SECONDS"] ?? 20);
const fullSeconds = Number(process.env["BENCH_FULL_SECONDS"] ?? 10);

/** One visit to one server. */
interface Visit {
  readonly fullPerSecond: number;
  readonly p99UsAt5000: number;
  readonly agentShareAt10000: number;
  readonly sampledOutAt10000: number;
  readonly seenShareAt10000: number;
  readonly memoryBytes: number;
  readonly fullRequests: number;
}

interface SummaryLine {
  readonly type: string;
  readonly requests: { readonly server: number };
  readonly lost: number;
  readonly sampledOut: number;
  readonly agentCpuNs: number;
}

const directory = mkdtempSync(join(tmpdir(), "tarsier-bench-"));
// nginx's worker is another user than its master.
chmodSync(directory, 0o755);

async function withServer<Result>(
  kind: ServerKind,
  observed: boolean,
  use: (port: number, server: RunningServer) => Promise<Result>,
): Promise<{ result: Result; summary: SummaryLine | undefined; rows: number }> {
  const port = await freePort();
  const server = await startServer(kind, join(directory, `server-${port}`), port, observed);
  try {
    const result = await use(port, server);
    await server.stop();
    const lines = server.records().split("\n").filter(Boolean);
    const summary = observed ? (JSON.parse(lines.at(-1) ?? "{}") as SummaryLine) : undefined;
    return { result, summary, rows: lines.filter((line) => line.startsWith('{"type":"request"')).length };
  } finally {
    await server.stop();
  }
}

async function visit(kind: ServerKind, observed: boolean): Promise<Visit> {
  const full = await withServer(kind, observed, async (port, server) => {
    const speed = await fullSpeed(port, fullSeconds);
    return { ...speed, memoryBytes: server.observerMemoryBytes() };
  });
  const slow = await withServer(kind, observed, (port) => fixedRate(port, 5000, fixedSeconds, directory));
  const fast = await withServer(kind, observed, (port) => fixedRate(port, 10_000, fixedSeconds, directory));
  return {
    fullPerSecond: full.result.perSecond,
    fullRequests: full.result.requests,
    memoryBytes: full.result.memoryBytes,
    p99UsAt5000: slow.result.p99Us,
    agentShareAt10000: (fast.summary?.agentCpuNs ?? 0) / (fixedSeconds * 1e9),
    sampledOutAt10000: fast.summary?.sampledOut ?? 0,
    seenShareAt10000: fast.rows / fast.result.requests,
  };
}

const ratio = (numbers: number[], digits: number) =>
  `${median(numbers).toFixed(digits)} (${spread(numbers, (number) => number.toFixed(digits))})`;

async function measure(kind: ServerKind): Promise<string[]> {
  const visits: { without: Visit; with: Visit }[] = [];
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`${kind.name}: round ${round + 1} of ${rounds}\n`);
    const withFirst = round % 2 === 1;
    const first = await visit(kind, withFirst);
    const second = await visit(kind, !withFirst);
    visits.push(withFirst ? { with: first, without: second } : { without: first, with: second });
  }
  const of = (pick: (pair: { without: Visit; with: Visit }) => number) => visits.map(pick);
  const perSecond = (pick: (pair: { without: Visit; with: Visit }) => number) =>
    Math.round(median(of(pick))).toLocaleString("en");
  const requests = of((pair) => pair.with.fullRequests);
  return [
    `| ${kind.name}: full speed, with ÷ without | ≥ 0.90 | ${ratio(
      of((pair) => pair.with.fullPerSecond / pair.without.fullPerSecond),
      3,
    )}; ${perSecond((pair) => pair.with.fullPerSecond)} ÷ ${perSecond((pair) => pair.without.fullPerSecond)} requests/s |`,
    `| ${kind.name}: p99 at 5,000/s, with ÷ without | ≤ 1.10 | ${ratio(
      of((pair) => pair.with.p99UsAt5000 / pair.without.p99UsAt5000),
      2,
    )}; ${median(of((pair) => pair.with.p99UsAt5000))} ÷ ${median(of((pair) => pair.without.p99UsAt5000))} µs |`,
    `| ${kind.name}: agent CPU at 10,000/s, sampled out ${Math.max(...of((pair) => pair.with.sampledOutAt10000))} | ≤ 0.10 core | ${ratio(
      of((pair) => pair.with.agentShareAt10000),
      3,
    )} |`,
    `| ${kind.name}: requests seen ÷ made at 10,000/s | 1.0000 | ${ratio(
      of((pair) => pair.with.seenShareAt10000),
      4,
    )} |`,
    `| ${kind.name}: resident memory after ${(Math.min(...requests) / 1e6).toFixed(1)} M requests or more | ≤ 110 MB | ${ratio(
      of((pair) => pair.with.memoryBytes / 1e6),
      0,
    )} MB |`,
  ];
}

try {
  const rows = [
    ...(await measure(nginx)),
    ...(await measure(hello)),
    await measureStart(rounds, directory),
    ...measureOutside(rounds, directory),
  ];
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const text = `# Results

## What observing costs

\`npm run bench\` at ${commit}, ${new Date().toISOString().slice(0, 10)}; Linux ${release()}, ${cpus().length} cores of ${cpus()[0]?.model ?? "an unknown model"}, Node ${process.versions.node}.
Load (wrk and h2load, of Debian's wrk and nghttp2-client), server and agent share the cores. ${rounds} rounds with and without Tarsier, interleaved; medians, with the lowest
and highest round in parentheses. Fixed rates run for ${fixedSeconds} s, full speed for ${fullSeconds} s, over 50 keep-alive connections.

| what | target | measured |
|---|---|---|
${rows.join("\n")}
`;
  writeFileSync(fileURLToPath(new URL("../../bench/RESULTS.md", import.meta.url)), text);
  process.stdout.write(text);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
