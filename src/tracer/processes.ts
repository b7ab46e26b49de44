/** The traced threads and their processes. */

import { readFileSync } from "node:fs";
import { tracedMachine } from "./calls.ts";
import { type Descriptors, type FilesTable, newTable } from "./descriptors.ts";
import type { Connection } from "./events.ts";
import { systemCall } from "./libc.ts";

/** A process: what its threads share. */
export interface Process {
  readonly pid: number;
  files: FilesTable;
  readonly threads: Set<number>;
}

/** A call between its entry and its exit: its place in `tracedCalls`, or -1. */
export interface PendingCall {
  index: number;
  connection: Connection | undefined;
  startNs: bigint;
  /** The low 32 bits of the first four arguments, and the second one whole. */
  first: number;
  second: bigint;
  third: number;
  fourth: number;
}

export interface Thread {
  readonly tid: number;
  readonly process: Process;
  readonly pending: PendingCall;
}

/** Threads by their ids. */
export interface Processes {
  readonly threads: ReadonlyMap<number, Thread>;
  /** The first thread of a process that nothing is known of. */
  adopt(tid: number): Thread;
  /** A thread that `parent` has made, or the first one of its child. */
  born(tid: number, parent: Thread): Thread;
  /** `tid`, the leader, goes on alone after `execve`, whichever of its threads called it. */
  executed(tid: number, former: number): Thread;
  ended(tid: number): void;
  pids(): number[];
}

export function trackProcesses(descriptors: Descriptors): Processes {
  const threads = new Map<number, Thread>();
  const add = (tid: number, process: Process): Thread => {
    const pending = { index: -1, connection: undefined, startNs: 0n, first: 0, second: 0n, third: 0, fourth: 0 };
    const thread = { tid, process, pending };
    threads.set(tid, thread);
    process.threads.add(tid);
    return thread;
  };
  const remove = (tid: number) => {
    const process = threads.get(tid)?.process;
    threads.delete(tid);
    if (process === undefined) return;
    process.threads.delete(tid);
    if (process.threads.size === 0) descriptors.release(process.files);
  };
  const processOf = (pid: number): Process | undefined =>
    [...threads.values()].find(({ process }) => process.pid === pid)?.process;
  return {
    threads,
    adopt(tid) {
      const pid = threadGroupOf(tid) ?? tid;
      return add(tid, processOf(pid) ?? { pid, files: newTable(), threads: new Set() });
    },
    born(tid, { process }) {
      const pid = threadGroupOf(tid) ?? tid;
      if (pid === process.pid) return add(tid, process);
      const shares = shareFiles(pid, process.pid);
      const files = shares ? process.files : descriptors.copy(process.files);
      if (shares) files.processes++;
      return add(tid, { pid, files, threads: new Set() });
    },
    executed(tid, former) {
      const known = threads.get(tid)?.process ?? threads.get(former)?.process;
      if (former !== tid && known !== undefined) {
        threads.delete(former);
        known.threads.delete(former);
      }
      const process = known ?? { pid: tid, files: newTable(), threads: new Set<number>() };
      if (process.files.processes > 1) {
        process.files.processes--;
        process.files = descriptors.copy(process.files);
      }
      return add(tid, process);
    },
    ended: remove,
    pids: () => [...new Set([...threads.values()].map(({ process }) => process.pid))],
  };
}

/** The process of a thread, as Tarsier's pid namespace numbers it. */
function threadGroupOf(tid: number): number | undefined {
  try {
    const match = /^Tgid:\s+(\d+)/m.exec(readFileSync(`/proc/${tid}/status`, "latin1"));
    return match === null ? undefined : Number(match[1]);
  } catch {
    return undefined;
  }
}

const compareFiles = 2;

/** Whether two processes share their open files; where that cannot be asked, they do not, as processes rarely do. */
function shareFiles(one: number, other: number): boolean {
  return systemCall(tracedMachine().kcmp, one, other, compareFiles) === 0;
}
