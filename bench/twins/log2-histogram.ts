// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** A histogram by powers of two of a 64-bit number. */

import { arrayMap, atomic, log2, struct, u32, u64, xdp } from "tarsier/program";
import { Count } from "./headers.ts";

const Numbers = struct({ number: u64 });
export const hists = arrayMap({ value: Count, maxEntries: 64 });

export const run = xdp((packet) => {
  const numbers = packet.view(Numbers, 16);
  if (numbers === null) return xdp.pass;
  const slot = hists.get(u32(log2(numbers.number)));
  if (slot === null) return xdp.aborted;
  atomic.add(slot, "value", 1);
  return xdp.pass;
});
