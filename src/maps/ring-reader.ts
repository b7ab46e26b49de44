/**
 * Reading a `BPF_MAP_TYPE_RINGBUF` in place (Documentation/bpf/ringbuf.rst): positions of consumer and producer, and the data, which
 * lies so that no record breaks at the end.
 */

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

/** The memory of a ring: positions of one 64-bit number each, and twice the data. */
export interface RingMemory {
  readonly consumer: BigInt64Array;
  readonly producer: BigInt64Array;
  readonly view: DataView;
  readonly headers: Int32Array;
}

/** Reads the ring of `sizeBytes` that `memory` gives, which is asked for it before each reading; `release` is called once. */
export function ringReader(sizeBytes: number, memory: () => RingMemory, release: () => void): RingBufferReader {
  const mask = sizeBytes - 1;
  let isOpen = true;
  let discarded = 0;

  return {
    drain(consume) {
      if (!isOpen) return 0;
      const { consumer, producer, headers, view } = memory();
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
    pendingBytes() {
      if (!isOpen) return 0;
      const { consumer, producer } = memory();
      return Number(Atomics.load(producer, 0) - Atomics.load(consumer, 0));
    },
    close() {
      if (isOpen) release();
      isOpen = false;
    },
  };
}
