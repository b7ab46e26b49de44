/** What userspace pays for maps and ring buffers, through the library as its users call it. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/test-files.ts";
import { struct, u32, u64 } from "../src/bytes/index.ts";
import { compileFile } from "../src/compiler/index.ts";
import { eventRing, loadCollection, testRun, typedMap } from "../src/kernel/index.ts";
import { median } from "./statistics.ts";

const entries = 50_000;
const lookupsPerRound = 200_000;
const rounds = 9;

export interface LibraryCosts {
  /** One look-up by key, and an entry of a walk in batches. */
  readonly lookupNs: number;
  readonly batchedNs: number;
  /** Million events a second, each an object of four fields. */
  readonly drainMillions: number;
}

export function measureLibrary(): LibraryCosts {
  const collection = loadCollection(compileFile(join(root, "bench/library-events.ts")));
  try {
    const map = typedMap(collection.map("counts"), u32, u64);
    map.setAll(Array.from({ length: entries }, (_, index) => [index, BigInt(index)] as const));
    const lookupNs = perTurn(lookupsPerRound, () => {
      let sum = 0n;
      for (let turn = 0; turn < lookupsPerRound; turn++) sum += map.get(turn % entries)!;
      return sum;
    });
    const batchedNs = perTurn(entries, () => {
      let sum = 0n;
      for (const [, value] of map.entries()) sum += value;
      return sum;
    });
    return { lookupNs, batchedNs, drainMillions: drainMillions(collection) };
  } finally {
    collection.close();
  }
}

/** The same look-ups from C, where they cost what the kernel takes: single and batched. */
export function kernelLookupsNs(): number[] {
  const directory = mkdtempSync(join(tmpdir(), "tarsier-bench-"));
  try {
    const program = join(directory, "lookup");
    execFileSync("clang-19", ["-O2", join(root, "bench/lookup.c"), "-o", program]);
    return execFileSync(program, { encoding: "utf8" }).trim().split(" ").map(Number);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Fills the ring by a test run, then empties it, over and over. */
function drainMillions(collection: ReturnType<typeof loadCollection>): number {
  const Event = struct({ first: u32, second: u32, third: u32, fourth: u32 });
  const ring = eventRing(collection.map("events"), Event);
  try {
    let sum = 0;
    const speeds = Array.from({ length: 60 }, () => {
      testRun(collection.program("fill"), { data: new Uint8Array(64), repeat: 10_000 });
      const began = process.hrtime.bigint();
      const count = ring.drain(({ first, fourth }) => {
        sum += first + fourth;
      });
      return (count / Number(process.hrtime.bigint() - began)) * 1e3;
    });
    if (sum === 0) throw new Error("the events were empty");
    // The first rounds are for the compiler of the runtime.
    return median(speeds.slice(20));
  } finally {
    ring.close();
  }
}

/** The median time of a round, by turns, in nanoseconds. */
function perTurn(turns: number, run: () => unknown): number {
  const times = Array.from({ length: rounds }, () => {
    const began = process.hrtime.bigint();
    run();
    return Number(process.hrtime.bigint() - began) / turns;
  });
  return median(times.slice(2));
}
