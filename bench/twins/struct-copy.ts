// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** A record of 96 bytes from a packet to a map, and what was there to the stack and to a second map. */

import { array, arrayMap, bytes, struct, u32, u64, xdp } from "tarsier/program";

const Record = struct({ time: u64, pid: u32, tid: u32, sizes: array(u64, 6), name: bytes(32) });
const Held = struct({ record: Record });
export const current = arrayMap({ value: Held, maxEntries: 1 });
export const previous = arrayMap({ value: Held, maxEntries: 1 });

export const run = xdp((packet) => {
  const given = packet.view(Record, 16);
  if (given === null) return xdp.pass;
  const now = current.get(0);
  const before = previous.get(0);
  if (now === null || before === null) return xdp.aborted;
  const copy = Record.copyOf(now.record);
  now.record = given;
  copy.tid = given.pid;
  before.record = copy;
  return xdp.pass;
});
