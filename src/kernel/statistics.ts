/** What programs cost: the kernel's own counters of runs (`BPF_ENABLE_STATS`). */

import * as attributes from "./attribute.ts";
import { bpf } from "./bpf.ts";
import { ProgramInfo } from "./info-attribute.ts";
import { closingOnce } from "./libc.ts";
import { infoOf } from "./object-info.ts";
import type { KernelProgram } from "./program.ts";

const runTime = 0;

/** Counters of one program since it was loaded. Times count only while statistics are enabled. */
export interface ProgramStatistics {
  readonly runTimeNs: bigint;
  readonly runCount: bigint;
  /** Runs that the kernel skipped because the program was running on that processor already. */
  readonly recursionMisses: bigint;
}

/** Reads the counters of a program. */
export function programStatistics(program: KernelProgram): ProgramStatistics {
  const { fd, spec } = program;
  const { runTimeNs, runCount, recursionMisses } = infoOf(fd, ProgramInfo, `read the counters of ${spec.name}`);
  return { runTimeNs, runCount, recursionMisses };
}

/** Has the kernel time every program until the returned value is closed. Costs each run of each program some 20 ns or more. */
export function enableStatistics(): { close(): void } {
  const fd = bpf("enableStatistics", attributes.enableStatistics, { type: runTime }, "time the programs");
  return { close: closingOnce(fd) };
}
