// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** The length of the name that a DNS query asks for and how many labels it has: a loop over the packet. */

import { arrayMap, range, struct, u8, u32, u64, xdp } from "tarsier/program";

const Label = struct({ length: u8 });
export const result = arrayMap({ value: u64, maxEntries: 1 });

export const run = xdp((packet) => {
  let at: u32 = 54;
  let labels: u32 = 0;
  for (const _ of range(16)) {
    const label = packet.view(Label, at);
    if (label === null) return xdp.pass;
    if (label.length === 0) break;
    if (label.length > 63) return xdp.drop;
    at += u32(label.length) + 1;
    labels += 1;
  }
  const out = result.get(0);
  if (out === null) return xdp.aborted;
  out.value = (u64(labels) << 32n) | u64(at - 54);
  return xdp.transmit;
});
