/** What the programs in the kernel counted. */

import { u32, u64 } from "../bytes/index.ts";
import { type KernelCollection, type KernelMap, perCpuValues, programStatistics } from "../kernel/index.ts";
import { latencyBucketCount, Totals } from "../programs/layouts.ts";
import { addTotals, type Counts } from "./summary.ts";

/** Reads the counts of a collection that is no longer attached. */
export function readCounts(collection: KernelCollection): Counts {
  const parts = perCpuValues(collection.map("totals"), u32.encode(0), Totals);
  // A program that is called while it runs on the same processor is skipped by the kernel, and what it would have told with it.
  const skipped = [...collection.programs.values()].reduce(
    (total, program) => total + Number(programStatistics(program).recursionMisses),
    0,
  );
  return { totals: addTotals(parts), skipped, latencies: readLatencies(collection.map("latencies")) };
}

/** Counts by bucket, of all processors and of both roles. */
function readLatencies(map: KernelMap): number[] {
  const countOf = (index: number) => perCpuValues(map, u32.encode(index), u64).reduce((sum, part) => sum + part, 0n);
  return Array.from({ length: latencyBucketCount }, (_, bucket) =>
    Number(countOf(bucket) + countOf(bucket + latencyBucketCount)),
  );
}
