// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * Files as they are opened: by whom, with which flags, and what came of it. The name is read when the call begins and kept
 * until its result is known.
 *
 *     tarsier run examples/file-opens.ts -- python3 -c 'import json'
 */

import type { RunContext } from "tarsier";
import {
  bytes,
  currentCommand,
  currentProcess,
  currentTask,
  i32,
  readUserText,
  ringBuffer,
  struct,
  taskStorage,
  tracepoint,
  u32,
} from "tarsier/program";
import type { task_struct, trace_event_raw_sys_enter, trace_event_raw_sys_exit } from "./kernel.ts";
import { inScope } from "./scope.ts";
import { text } from "./show.ts";

export const Open = struct({
  process: u32,
  /** `O_RDONLY` and the like, as the program gave them. */
  flags: u32,
  /** The descriptor, or a negative error number: -2 is a file that is not there. */
  result: i32,
  command: bytes(16),
  path: bytes(128),
});

export const opens = ringBuffer({ sizeBytes: 1024 * 1024 });

/** The call that each thread is in. */
const pending = taskStorage({ value: Open });

export const begin = tracepoint("syscalls/sys_enter_openat", (call: trace_event_raw_sys_enter) => {
  if (!inScope()) return;
  const open = pending.getOrCreate(currentTask<task_struct>());
  if (open === null) return;
  open.process = u32(currentProcess() >> 32n);
  open.flags = u32(call.args.at(2));
  currentCommand(open.command);
  readUserText(open.path, call.args.at(1));
});

export const end = tracepoint("syscalls/sys_exit_openat", (call: trace_event_raw_sys_exit) => {
  if (!inScope()) return;
  const task = currentTask<task_struct>();
  const open = pending.get(task);
  if (open === null) return;
  open.result = i32(call.ret);
  opens.output(open);
  pending.delete(task);
});

export default function ({ maps, print }: RunContext<typeof import("./file-opens.ts")>): void {
  maps.opens.read(Open, ({ command, process, path, result }) => {
    print(`${text(command)}[${process}] ${text(path)} ${result < 0 ? `error ${-result}` : `→ ${result}`}`);
  });
}
