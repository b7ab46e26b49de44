// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Every program that is started, and how each process ends.
 *
 *     tarsier run examples/process-events.ts -- make
 */

import type { RunContext } from "tarsier";
import {
  addressOf,
  bytes,
  currentCommand,
  i32,
  now,
  readKernelText,
  ringBuffer,
  struct,
  tpBtf,
  u32,
  u64,
} from "tarsier/program";
import type { linux_binprm, task_struct } from "./kernel.ts";
import { inScope } from "./scope.ts";
import { text } from "./show.ts";

export const Kind = { exec: 1, exit: 2 } as const;

export const ProcessEvent = struct({
  timeNs: u64,
  kind: u32,
  process: i32,
  parent: i32,
  /** What `exit` was given, of an end by itself. */
  status: u32,
  /** The signal that ended it, or 0. */
  signal: u32,
  command: bytes(16),
  /** What was executed. */
  file: bytes(64),
});

export const events = ringBuffer({ sizeBytes: 1024 * 1024 });

export const exec = tpBtf("sched_process_exec", (task: task_struct, _oldPid: i32, binary: linux_binprm) => {
  if (!inScope()) return;
  const event = ProcessEvent.zero();
  event.timeNs = now();
  event.kind = Kind.exec;
  event.process = task.tgid;
  event.parent = task.real_parent.tgid;
  currentCommand(event.command);
  readKernelText(event.file, addressOf(binary.filename));
  events.output(event);
});

export const exit = tpBtf("sched_process_exit", (task: task_struct) => {
  // Threads end here too. The process is over when no other one is left.
  if (!inScope() || task.signal.live.counter !== 0) return;
  const event = ProcessEvent.zero();
  event.timeNs = now();
  event.kind = Kind.exit;
  event.process = task.tgid;
  event.parent = task.real_parent.tgid;
  event.status = (u32(task.exit_code) >> 8) & 0xff;
  event.signal = u32(task.exit_code) & 0x7f;
  currentCommand(event.command);
  events.output(event);
});

export default function ({ maps, print }: RunContext<typeof import("./process-events.ts")>): void {
  maps.events.read(ProcessEvent, ({ kind, process, command, file, status, signal }) => {
    const end = signal === 0 ? `ends with ${status}` : `is ended by signal ${signal}`;
    print(`${text(command)}[${process}] ${kind === Kind.exec ? `executes ${text(file)}` : end}`);
  });
}
