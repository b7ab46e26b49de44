/**
 * Ring buffers (`kernel/bpf/ringbuf.c`): the same positions, headers and bits, so that the same reader empties them.
 *
 * The kernel maps the data twice in a row, so that a record never breaks at the end. Here there is twice the room, and a record that
 * begins before the end goes on behind it: whoever reads from its header on finds the same.
 */

import type { MapSpec } from "../../spec/index.ts";
import { indexMask } from "../layout.ts";
import type { Machine } from "../machine.ts";
import { type MapRing, mapErrors } from "./map.ts";
import { type MapParts, noProgramSide } from "./users.ts";

const busyBit = 1 << 31;
const discardBit = 1 << 30;
const headerBytes = 8;
const pageBytes = 4096;
const largestRecordBytes = 0xffff_ffff / 4;

/** Records that can be open at once: each is an object until it is sent or taken back. */
export const openRecords = 64;

export function ringBuffer(machine: Machine, spec: MapSpec): MapParts {
  const sizeBytes = spec.maxEntries;
  const mask = sizeBytes - 1;
  const consumerAt = machine.allocate(2 * pageBytes + 2 * sizeBytes, pageBytes);
  const producerAt = consumerAt + pageBytes;
  const data = producerAt + pageBytes;
  const objects = machine.objects.reserve(openRecords);
  /** Indexes of objects that no record has. */
  const free = Array.from({ length: openRecords }, (_, index) => objects.firstIndex + openRecords - 1 - index);
  /** Where open records lie, by the index of their object. */
  const open = new Map<number, number>();
  let produced = 0;
  /** Where the oldest record that is still open begins. */
  let pending = 0;

  const positionAt = (at: number) => machine.view.getUint32(at, true) + machine.view.getUint32(at + 4, true) * 2 ** 32;
  const publish = () => {
    machine.view.setUint32(producerAt, produced % 2 ** 32, true);
    machine.view.setUint32(producerAt + 4, Math.floor(produced / 2 ** 32), true);
  };
  const headerAt = (position: number) => data + (position % sizeBytes);
  const spanOf = (header: number) => ((header & ~(busyBit | discardBit)) + headerBytes + 7) & ~7;

  /** The address of a new record's bytes; 0 when there is no room. */
  const take = (recordBytes: number): number => {
    if (recordBytes > largestRecordBytes) return 0;
    const span = (recordBytes + headerBytes + 7) & ~7;
    if (span > sizeBytes) return 0;
    while (pending < produced) {
      const header = machine.view.getInt32(headerAt(pending), true);
      if ((header & busyBit) !== 0) break;
      pending += spanOf(header);
    }
    const end = produced + span;
    if (end - positionAt(consumerAt) > mask || end - pending > mask) return 0;
    const header = headerAt(produced);
    machine.view.setInt32(header, recordBytes | busyBit, true);
    // The kernel finds the way back to the ring by it: pages from its beginning.
    machine.view.setInt32(header + 4, (header - consumerAt) >>> 12, true);
    produced = end;
    publish();
    return header + headerBytes;
  };
  const finish = (record: number, discard: boolean) => {
    const header = record - headerBytes;
    const length = machine.view.getInt32(header, true) ^ busyBit;
    machine.view.setInt32(header, discard ? length | discardBit : length, true);
  };

  const ring: MapRing & { low: number; high: number } = {
    low: 0,
    high: 0,
    reserve(recordBytes) {
      ring.low = 0;
      ring.high = 0;
      const record = free.length === 0 ? 0 : take(recordBytes);
      if (record === 0) return false;
      const index = free.pop()!;
      open.set(index, record);
      machine.objects.place(index, record, recordBytes);
      ring.low = record;
      ring.high = machine.objects.handle(index);
      return true;
    },
    commit(low, high, discard) {
      const index = high & indexMask;
      if (open.get(index) !== low >>> 0 || machine.objects.handle(index) !== high) return false;
      open.delete(index);
      machine.objects.retire(index);
      free.push(index);
      finish(low >>> 0, discard);
      return true;
    },
    output(address, recordBytes) {
      const record = take(recordBytes);
      if (record === 0) return mapErrors.again;
      machine.u8.copyWithin(record, address, address + recordBytes);
      finish(record, false);
      return mapErrors.ok;
    },
    query(what) {
      if (what === 0) return produced - positionAt(consumerAt);
      if (what === 1) return sizeBytes;
      if (what === 2) return positionAt(consumerAt);
      return what === 3 ? produced : 0;
    },
    memory() {
      const { buffer } = machine.memory;
      return {
        consumer: new BigInt64Array(buffer, consumerAt, 1),
        producer: new BigInt64Array(buffer, producerAt, 1),
        data: new DataView(buffer, data, 2 * sizeBytes),
      };
    },
  };
  return {
    program: noProgramSide(),
    ring,
    read: () => mapErrors.noSuchOperation,
    write: () => mapErrors.noSuchOperation,
    remove: () => mapErrors.noSuchOperation,
    keys: () => new Uint8Array(),
  };
}
