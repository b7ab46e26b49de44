/**
 * Events of a ring buffer as objects, read in one of two ways: on a timer, for programs that wake nobody
 * (`BPF_RB_NO_WAKEUP`; cheapest to a million events a second), or when the kernel says that there are some.
 */

import { Worker } from "node:worker_threads";
import type { FieldTypes, Struct, StructValue } from "../bytes/index.ts";
import { decoderOf } from "../maps/index.ts";
import type { KernelMap } from "./map.ts";
import { readRingBuffer } from "./ring-buffer.ts";

/** Events being read. */
export interface EventRing<Event> {
  /** Hands every event that is ready to `consume`; returns how many. Byte strings in it are valid until it returns. */
  drain(consume: (event: Event) => void): number;
  /** Reads by itself from now on, until `close`. `failed` rejects when `consume` throws, and nothing is read any more. */
  start(consume: (event: Event) => void, when?: ReadingTimes): { readonly failed: Promise<never> };
  /** Records that were no event: too short for the schema. */
  malformed(): number;
  close(): void;
  [Symbol.dispose](): void;
}

/** When a ring is looked into. */
export type ReadingTimes =
  | { readonly by: "timer"; readonly intervalMs: number }
  /** When the kernel wakes: a thread waits for it. The program must not say `BPF_RB_NO_WAKEUP`. */
  | { readonly by: "wakeup" };

const defaultTimes: ReadingTimes = { by: "timer", intervalMs: 10 };

/** Reads a ring buffer whose records all are of one schema. */
export function eventRing<Fields extends FieldTypes>(
  map: KernelMap,
  schema: Struct<Fields>,
): EventRing<StructValue<Fields>> {
  const ring = readRingBuffer(map);
  const decode = decoderOf(schema);
  const { sizeBytes } = schema;
  let malformed = 0;
  let stop = () => {};
  const drain = (consume: (event: StructValue<Fields>) => void): number =>
    ring.drain((view, offset, lengthBytes) => {
      if (lengthBytes < sizeBytes) malformed++;
      else consume(decode(view, offset));
    });
  const close = () => {
    stop();
    stop = () => {};
    ring.close();
  };
  return {
    drain,
    start(consume, when = defaultTimes) {
      stop();
      let fail: (reason: unknown) => void = () => {};
      const failed = new Promise<never>((_, reject) => {
        fail = reject;
      });
      failed.catch(() => {});
      const look = () => {
        try {
          drain(consume);
        } catch (error) {
          stop();
          fail(error);
        }
      };
      stop = when.by === "timer" ? onTimer(look, when.intervalMs) : onWakeup(map.fd, look, fail);
      return { failed };
    },
    malformed: () => malformed,
    close,
    [Symbol.dispose]: close,
  };
}

function onTimer(look: () => void, intervalMs: number): () => void {
  const timer = setInterval(look, intervalMs);
  return () => clearInterval(timer);
}

/**
 * Waits for the map in epoll(7), in a thread: Node's own loop cannot watch it. The thread waits on, after a wake-up, only
 * when it is told that the ring was read, so that a busy ring does not flood this thread with messages.
 */
function onWakeup(fd: number, look: () => void, fail: (reason: unknown) => void): () => void {
  const ended = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("./ring-waiter.js", import.meta.url), { workerData: { fd, ended } });
  worker.on("message", () => {
    look();
    worker.postMessage("read");
  });
  worker.on("error", fail);
  // What came before the thread was there.
  look();
  return () => {
    Atomics.store(ended, 0, 1);
    void worker.terminate();
  };
}
