/**
 * The memory of a `BPF_MAP_TYPE_RINGBUF` (Documentation/bpf/ringbuf.rst): a page with the consumer's position, a page with the
 * producer's, then the data, which the kernel maps twice in a row so that a record never breaks at the end.
 */

import { KernelError } from "../errors/error.ts";
import { type RingBufferReader, ringReader } from "../maps/index.ts";
import { errnoName } from "./errno.ts";
import { lastErrno, mapping, mmap, munmap, viewOf } from "./libc.ts";
import type { KernelMap } from "./map.ts";
import { pageSizeBytes } from "./page.ts";

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
  const memory = { consumer, producer, view, headers };
  return ringReader(sizeBytes, () => memory, unmap);
}
