/** The processes that are watched by id: the kernel programs add their children and take off who has ended. */

import { u32 } from "../bytes/index.ts";
import type { KernelMap } from "../kernel/index.ts";

const intervalMs = 250;

/** Watched processes. */
export interface WatchedProcesses {
  /** Settles when none of them, and none of their children, is left. */
  readonly ended: Promise<void>;
  stop(): void;
}

/** Begins with `ids`, as the first pid namespace numbers them, and looks now and then whether any is left. */
export function watchProcesses(map: KernelMap, ids: readonly number[]): WatchedProcesses {
  for (const id of ids) map.set(u32.encode(id), u32.encode(1));
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      if (map.keys().next().done !== true) return;
      clearInterval(timer);
      resolve();
    }, intervalMs);
    timer.unref();
  });
  return { ended, stop: () => clearInterval(timer) };
}
