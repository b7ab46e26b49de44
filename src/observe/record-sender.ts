/** Sends records over a pipe without ever waiting for its reader: what does not fit stays in the ring buffer, which counts its losses. */

import { errno, writeDescriptor } from "../tracer/index.ts";
import { FrameKind, frame, recordHeadBytes } from "./tracer-frames.ts";

type Drain = (consume: (view: DataView, offset: number, lengthBytes: number) => void) => void;

/** The way out of the tracer's process. */
export interface RecordSender {
  /** Takes all records that are ready, and writes as much as the pipe takes. */
  send(drain: Drain): void;
  /** Queues a frame behind what waits. */
  push(frame: Uint8Array): void;
  /** Writes all that waits, and waits for the reader. False when there is none any more. */
  finish(): boolean;
}

/** Records are not taken from the ring buffer while so much waits. */
const queueLimitBytes = 1 << 20;
const pauseMs = 1;

export function createRecordSender(fd: number): RecordSender {
  let queue: Uint8Array[] = [];
  let queuedBytes = 0;
  let batch = new Uint8Array(1 << 18);
  let batchBytes = 0;
  let isBroken = false;
  const pause = new Int32Array(new SharedArrayBuffer(4));

  const push = (bytes: Uint8Array) => {
    queue.push(bytes);
    queuedBytes += bytes.length;
  };
  const closeBatch = () => {
    if (batchBytes > 0) push(frame(FrameKind.records, batch.subarray(0, batchBytes)));
    batchBytes = 0;
  };
  const add = (view: DataView, offset: number, lengthBytes: number) => {
    const needed = batchBytes + recordHeadBytes + lengthBytes;
    if (needed > batch.length) closeBatch();
    if (recordHeadBytes + lengthBytes > batch.length) batch = new Uint8Array(recordHeadBytes + lengthBytes);
    new DataView(batch.buffer).setUint32(batchBytes, lengthBytes, true);
    batch.set(new Uint8Array(view.buffer, view.byteOffset + offset, lengthBytes), batchBytes + recordHeadBytes);
    batchBytes += recordHeadBytes + lengthBytes;
  };
  const write = () => {
    while (queue.length > 0) {
      const [first] = queue as [Uint8Array];
      const written = writeDescriptor(fd, first);
      if (written === -errno.interrupted) continue;
      if (written < 0) {
        isBroken ||= written !== -errno.again;
        return;
      }
      queuedBytes -= written;
      if (written === first.length) queue.shift();
      else queue[0] = first.subarray(written);
    }
  };
  return {
    push(bytes) {
      closeBatch();
      push(bytes);
      write();
    },
    send(drain) {
      if (queuedBytes < queueLimitBytes) {
        drain(add);
        closeBatch();
      }
      write();
    },
    finish() {
      for (write(); queue.length > 0 && !isBroken; write()) Atomics.wait(pause, 0, 0, pauseMs);
      if (isBroken) queue = [];
      return !isBroken;
    },
  };
}
