/**
 * `npm run bench:memory`: resident memory of an observer after each 200,000 requests, up to 1.2 million, and whether it saw
 * every one. Timing does not matter here.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { manyRequests } from "./load.ts";
import { hello, startServer } from "./servers.ts";

const requestsPerStep = 200_000;
const steps = 6;
const port = 18_473;

const directory = mkdtempSync(join(tmpdir(), "tarsier-bench-memory-"));
try {
  const server = await startServer(hello, directory, port, true);
  const memoryMegabytes: number[] = [];
  let made = 0;
  try {
    for (let step = 0; step < steps; step++) {
      made += await manyRequests(port, requestsPerStep);
      memoryMegabytes.push(Math.round(server.observerMemoryBytes() / 1e6));
    }
  } finally {
    await server.stop();
  }
  // Hundreds of megabytes of records: only the last line is of interest.
  const summary = JSON.parse(execFileSync("tail", ["-n1", join(directory, "records.jsonl")], { encoding: "utf8" }));
  const { requests, lost, sampledOut } = summary;
  console.log(
    `| after requests | ${memoryMegabytes.map((_, step) => `${((step + 1) * requestsPerStep) / 1e6} M`).join(" | ")} |`,
  );
  console.log(`| resident memory, MB | ${memoryMegabytes.join(" | ")} |`);
  console.log(`\n${made} requests made, ${requests.server} seen, ${sampledOut} sampled out, ${lost} lost`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
