// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** What the library's costs are measured on: a map that is read, and events that are made as fast as they can be. */

import { hash, ringBuffer, struct, u32, u64, xdp } from "tarsier/program";

const Event = struct({ first: u32, second: u32, third: u32, fourth: u32 });
export const counts = hash({ key: u32, value: u64, maxEntries: 65_536 });
export const events = ringBuffer({ sizeBytes: 1 << 20 });

export const fill = xdp((packet) => {
  const event = Event.zero();
  event.first = packet.length;
  event.fourth = 4;
  events.output(event);
  return counts.has(0) ? xdp.pass : xdp.drop;
});
