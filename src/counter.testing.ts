/** For tests: a module with one of each thing that user space sees. */

import {
  atomic,
  bytes,
  config,
  global,
  hash,
  perCpuArray,
  queue,
  rawTracepoint,
  ringBuffer,
  struct,
  u16,
  u16be,
  u32,
  u64,
} from "./program/index.ts";

export const Key = struct({ port: u16be, name: bytes(4) });
export const Total = struct({ count: u64, last: u32 });
export const Event = struct({ number: u64, port: u16be, name: bytes(4) });

export const totals = hash({ key: Key, value: Total, maxEntries: 16 });
export const hits = perCpuArray({ value: Total, maxEntries: 1 });
export const events = ringBuffer({ sizeBytes: 4096 });
export const waiting = queue({ value: Total, maxEntries: 4 });
export const step = config(u64, 1n);
export const seen = global(u64, 0n);

/** Counts its first argument under its second. */
export const count = rawTracepoint("sys_enter", (number: u64, port: u64): void => {
  const key = Key.zero();
  key.port = u16(port);
  key.name.write(0, "port");
  const total = totals.getOrInsert(key, Total.zero());
  if (total === null) return;
  atomic.add(total, "count", number * step);
  total.last = u32(number);
  const hit = hits.get(0);
  if (hit !== null) hit.count += 1n;
  atomic.add(seen, "value", 1n);
  const event = Event.zero();
  event.number = number;
  event.port = u16(port);
  event.name.write(0, "port");
  events.output(event);
});
