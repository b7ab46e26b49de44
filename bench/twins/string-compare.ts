// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Whether the name in a packet is the wanted one. */

import { arrayMap, bytes, struct, xdp } from "tarsier/program";

const Name = struct({ comm: bytes(16) });
export const wanted = arrayMap({ value: Name, maxEntries: 1 });

export const run = xdp((packet) => {
  const given = packet.view(Name, 16);
  if (given === null) return xdp.pass;
  const target = wanted.get(0);
  if (target === null) return xdp.aborted;
  return given.comm.equals(target.comm) ? xdp.drop : xdp.pass;
});
