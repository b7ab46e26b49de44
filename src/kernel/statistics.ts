/** What programs cost: the kernel's own counters of runs (`BPF_ENABLE_STATS`). */

import * as attributes from "./attribute.ts";
import { attribute, bpf, bpfError, tryBpf } from "./bpf.ts";
import { addressOf, closingOnce } from "./libc.ts";
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
  const info = new Uint8Array(attributes.programInfo.sizeBytes);
  const values = { fd: program.fd, infoLength: info.byteLength, info: addressOf(info) };
  const result = tryBpf("objectInfo", attribute(attributes.objectInfo, values), info);
  if (result < 0) throw bpfError(-result, `read the counters of ${program.spec.name}`);
  const { runTimeNs, runCount, recursionMisses } = attributes.programInfo.decode(new DataView(info.buffer));
  return { runTimeNs, runCount, recursionMisses };
}

/** Has the kernel time every program until the returned value is closed. Costs each run of each program some 20 ns or more. */
export function enableStatistics(): { close(): void } {
  const fd = bpf("enableStatistics", attributes.enableStatistics, { type: runTime }, "time the programs");
  return { close: closingOnce(fd) };
}
