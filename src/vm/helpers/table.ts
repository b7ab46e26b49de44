/** Kernel helpers that the sandbox has, by id. docs/sandbox-helpers.md lists them. */

import { type HelperName, helperIds } from "../../isa/helpers.ts";
import { callbackHelpers } from "./callbacks.ts";
import type { Helper, HelperGroup } from "./helper.ts";
import { lockAndTimerHelpers } from "./locks-and-timers.ts";
import { mapHelpers } from "./maps.ts";
import { memoryHelpers } from "./memory.ts";
import { packetHelpers } from "./packets.ts";
import { perfEventHelpers } from "./perf-events.ts";
import { redirectHelpers } from "./redirects.ts";
import { ringBufferHelpers } from "./ring-buffers.ts";
import { socketHelpers } from "./sockets.ts";
import { storageHelpers } from "./storage.ts";
import { taskHelpers } from "./tasks.ts";
import { textHelpers } from "./text.ts";
import { timeAndRandomHelpers } from "./time-and-random.ts";
import { tracingHelpers } from "./tracing.ts";
import { xdpHelpers } from "./xdp.ts";

export interface NamedHelper {
  readonly name: HelperName;
  readonly run: Helper;
}

const groups: readonly HelperGroup[] = [
  mapHelpers,
  ringBufferHelpers,
  perfEventHelpers,
  callbackHelpers,
  timeAndRandomHelpers,
  taskHelpers,
  memoryHelpers,
  textHelpers,
  packetHelpers,
  xdpHelpers,
  redirectHelpers,
  socketHelpers,
  storageHelpers,
  lockAndTimerHelpers,
  tracingHelpers,
];

export const helpers: ReadonlyMap<number, NamedHelper> = new Map(
  groups.flatMap((group) =>
    (Object.entries(group) as [HelperName, Helper][]).map(([name, run]) => [helperIds[name], { name, run }] as const),
  ),
);
