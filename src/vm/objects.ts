/** The table of objects: what a program may reach. See docs/decisions/0013-sandbox-memory.md. */

import { BugError } from "../errors/error.ts";
import { indexBits, indexMask, objectIndexes, objectRowBytes, objectTableAt, row } from "./layout.ts";

/** Rows for a number of objects that are made when a map is. */
export interface ObjectRange {
  readonly firstIndex: number;
  readonly count: number;
}

/** The table, over the linear memory. */
export interface ObjectTable {
  /** A power of two: indexes are masked with it before a row is read. */
  readonly capacity: number;
  /** Takes the next `count` indexes. Throws `BugError` when the table is full: it is sized for the collection. */
  reserve(count: number): ObjectRange;
  /** Makes `index` stand for `lengthBytes` at `address`, under its generation as it is. */
  place(index: number, address: number, lengthBytes: number, writableBytes?: number): void;
  /** Changes the length of what stands there. */
  resize(index: number, lengthBytes: number, writableBytes: number): void;
  /** Frees what stands there: pointers to it are stale from now on, whatever comes to stand there. */
  retire(index: number): void;
  /**
   * The same for what the program that runs may still hold a pointer to: until its run is over it reaches the memory, as it does in the
   * kernel until a grace period ends (RCU). Another value that comes to stand there meanwhile is reached as well.
   */
  retireAfterRun(index: number): void;
  /** Between two runs: retires what was left for it. */
  settle(): void;
  /** The upper half of pointers to the object, generation and index, as a signed 32-bit number. */
  handle(index: number): number;
}

/**
 * The table of `capacity` rows at the front of what `words` sees. `words` gives the memory as it is now, `isRunning` whether a
 * program holds pointers.
 */
export function objectTable(capacity: number, words: () => Int32Array, isRunning: () => boolean): ObjectTable {
  if ((capacity & (capacity - 1)) !== 0) throw new BugError("SANDBOX_TABLE", `${capacity} is no power of two`);
  let next: number = objectIndexes.free;
  const leaving = new Set<number>();
  const at = (index: number, field: number) => (objectTableAt + index * objectRowBytes + field) >> 2;
  const write = (index: number, field: number, value: number) => {
    words()[at(index, field)] = value;
  };
  const retire = (index: number) => {
    const table = words();
    table[at(index, row.handle)]! += 1 << indexBits;
    table[at(index, row.length)] = 0;
    table[at(index, row.writable)] = 0;
  };
  return {
    capacity,
    reserve(count) {
      if (next + count > capacity) throw new BugError("SANDBOX_TABLE", `the table has no room for ${count} objects`);
      const firstIndex = next;
      next += count;
      return { firstIndex, count };
    },
    place(index, address, lengthBytes, writableBytes = lengthBytes) {
      if (leaving.size !== 0) leaving.delete(index);
      const table = words();
      const handle = table[at(index, row.handle)]!;
      // The first time the index itself is not in it yet.
      table[at(index, row.handle)] = (handle & ~indexMask) | index;
      table[at(index, row.first)] = address;
      table[at(index, row.length)] = lengthBytes;
      table[at(index, row.writable)] = writableBytes;
    },
    resize(index, lengthBytes, writableBytes) {
      write(index, row.length, lengthBytes);
      write(index, row.writable, writableBytes);
    },
    retire,
    retireAfterRun(index) {
      if (isRunning()) leaving.add(index);
      else retire(index);
    },
    settle() {
      if (leaving.size === 0) return;
      for (const index of leaving) retire(index);
      leaving.clear();
    },
    handle: (index) => words()[at(index, row.handle)]!,
  };
}
