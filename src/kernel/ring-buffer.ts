/**
 * Reading a `BPF_MAP_TYPE_RINGBUF` in place (Documentation/bpf/ringbuf.rst): a page with the consumer's
 * position, a page with the producer's, then the data, which the kernel maps twice in a row so that a
 * record never breaks at the end.
 */

import { KernelError } from "../errors/error.ts";
import { errnoName } from "./errno.ts";
import { lastErrno, mapping, mmap, munmap, viewOf } from "./libc.ts";
import type { KernelMap } from "./map.ts";
import { pageSizeBytes } from "./page.ts";

const busyBit = 0x8000_0000;
const discardBit = 0x4000_0000;
const headerBytes = 8;

/**
 * Called with the whole data area, and where a record's bytes lie in it. Valid only until it returns.
 */
export type RecordConsumer = (view: DataView, offset: number, lengthBytes: number) => void;

/** A ring buffer being read. One reader a buffer. */
export interface RingBufferReader {
  /** Hands every record that is ready to `consume`; returns how many. Never blocks. */
  drain(consume: RecordConsumer): number;
  /** Records that their programs took back: reserved and then discarded. What did not fit, programs must count. */
  discarded(): number;
  /** Bytes that wait to be read. */
  pendingBytes(): number;
  close(): void;
}

/** Maps the buffer's memory. Throws `KernelError`. */
export function readRingBuffer(map: KernelMap): RingBufferReader {
  const page = pageSizeBytes();
  const sizeBytes = map.spec.maxEntries;
  const consumerAddress = mmap(map.fd, page, mapping.read | mapping.write, 0);
  const producerBytes = page + 2 * sizeBytes;
  const producerAddress = mmap(map.fd, producerBytes, mapping.read, page);
  const unmap = () => {
    if (consumerAddress !== 0n) munmap(consumerAddress, page);
    if (producerAddress !== 0n) munmap(producerAddress, producerBytes);
  };
  if (consumerAddress === 0n || producerAddress === 0n) {
    const reason = errnoName(lastErrno());
    unmap();
    throw new KernelError(
      "RING_BUFFER_NOT_MAPPED",
      `cannot mmap the ring buffer ${map.spec.name} (${sizeBytes} bytes): ${reason}`,
    );
  }
  const consumer = new BigInt64Array(viewOf(consumerAddress, page), 0, 1);
  const producer = new BigInt64Array(viewOf(producerAddress, page), 0, 1);
  const data = viewOf(producerAddress + BigInt(page), 2 * sizeBytes);
  const headers = new Int32Array(data);
  const view = new DataView(data);
  const mask = sizeBytes - 1;
  let isOpen = true;
  let discarded = 0;

  return {
    drain(consume) {
      if (!isOpen) return 0;
      let position = Number(Atomics.load(consumer, 0));
      const end = Number(Atomics.load(producer, 0));
      let records = 0;
      try {
        while (position < end) {
          const offset = (position % sizeBytes) & mask;
          const header = Atomics.load(headers, offset >> 2) >>> 0;
          if (header & busyBit) break;
          const lengthBytes = header & ~(busyBit | discardBit);
          position += (headerBytes + lengthBytes + 7) & ~7;
          if ((header & discardBit) !== 0) {
            discarded++;
            continue;
          }
          consume(view, offset + headerBytes, lengthBytes);
          records++;
        }
      } finally {
        // Also past a record that `consume` could not bear: it would come again for ever.
        Atomics.store(consumer, 0, BigInt(position));
      }
      return records;
    },
    discarded: () => discarded,
    pendingBytes: () => (isOpen ? Number(Atomics.load(producer, 0) - Atomics.load(consumer, 0)) : 0),
    close() {
      if (isOpen) unmap();
      isOpen = false;
    },
  };
}
