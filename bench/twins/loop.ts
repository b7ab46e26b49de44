// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Which of 64 limits is the greatest that a number reaches. */

import { array, arrayMap, struct, u32, u64, xdp } from "tarsier/program";
import { Count } from "./headers.ts";

const Limits = struct({ limit: array(u32, 64) });
export const limits = arrayMap({ value: Limits, maxEntries: 1 });
export const result = arrayMap({ value: u64, maxEntries: 1 });

export const run = xdp((packet) => {
  const number = packet.view(Count, 16);
  if (number === null) return xdp.pass;
  const table = limits.get(0);
  if (table === null) return xdp.aborted;
  let best: u32 = 0;
  let reached: u32 = 0;
  for (const limit of table.limit) {
    if (limit <= number.value) {
      reached += 1;
      if (limit > best) best = limit;
    }
  }
  const out = result.get(0);
  if (out === null) return xdp.aborted;
  out.value = (u64(reached) << 32n) | u64(best);
  return xdp.pass;
});
