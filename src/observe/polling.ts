/** Looking into the ring buffer time and again: soon while there is something in it, later while there is not. */

import type { RecordConsumer, RingBufferReader } from "../kernel/index.ts";

const busyIntervalMs = 20;
const idleIntervalMs = 40;

/** A ring buffer that is being read. */
export interface Polling {
  /** Rejects when reading has failed: nothing is read from then on. */
  readonly failed: Promise<never>;
  /** Reads what is there now. */
  drain(): void;
  stop(): void;
}

/** Hands every record to `consume`, and calls `flush` after each burst of them. */
export function poll(ring: RingBufferReader, consume: RecordConsumer, flush: () => void): Polling {
  let delayMs = busyIntervalMs;
  let fail: (reason: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});

  const drain = (): number => {
    const count = ring.drain(consume);
    if (count > 0) flush();
    return count;
  };
  const look = () => {
    try {
      delayMs = drain() > 0 ? busyIntervalMs : Math.min(delayMs * 2, idleIntervalMs);
      timer = setTimeout(look, delayMs);
    } catch (error) {
      fail(error);
    }
  };
  let timer = setTimeout(look, delayMs);
  return { failed, drain: () => void drain(), stop: () => clearTimeout(timer) };
}
