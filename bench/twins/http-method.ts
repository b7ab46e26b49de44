// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Counts HTTP requests by method. */

import { arrayMap, atomic, bytes, struct, type u32, u64, type ValueOf, xdp } from "tarsier/program";

const Start = struct({ text: bytes(8) });
type Start = ValueOf<typeof Start>;
export const methods = arrayMap({ value: u64, maxEntries: 8 });

function methodOf(start: Start): u32 {
  if (start.text.startsWith("GET ")) return 1;
  if (start.text.startsWith("POST ")) return 2;
  if (start.text.startsWith("PUT ")) return 3;
  if (start.text.startsWith("HEAD ")) return 4;
  if (start.text.startsWith("PATCH ")) return 5;
  if (start.text.startsWith("DELETE ")) return 6;
  if (start.text.startsWith("OPTIONS ")) return 7;
  return 0;
}

export const run = xdp((packet) => {
  const payload = packet.view(Start, 54);
  if (payload === null) return xdp.pass;
  const method = methodOf(payload);
  const count = methods.get(method);
  if (count === null) return xdp.aborted;
  atomic.add(count, "value", 1n);
  return method !== 0 ? xdp.drop : xdp.pass;
});
