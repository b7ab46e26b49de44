/**
 * Hashes, with a value for each processor or one for all, that refuse when they are full or let the least recently used entry go
 * (`kernel/bpf/hashtab.c`, `bpf_lru_list.c`). They lie in linear memory as hash-layout.ts says.
 *
 * A least recently used hash has one list, the oldest first. What a program looked up since it came to the front of the list
 * gets a second round; the kernel does the same with two lists, and with batches of up to 128 for each processor.
 */

import type { MapSpec } from "../../spec/index.ts";
import { indexMask } from "../layout.ts";
import type { Machine } from "../machine.ts";
import { element, elementBytes, hashOf, header, valueOffset } from "./hash-layout.ts";
import { type MapInPrograms, mapErrors, updateFlags } from "./map.ts";
import { found, type MapParts, notFound } from "./users.ts";
import { isPerCpu, mapValues, reserveValues } from "./value.ts";

/** A hash of the type that `spec` says. */
export function hashMap(machine: Machine, spec: MapSpec): MapParts {
  const { keySizeBytes, maxEntries } = spec;
  const isLru = spec.type === "lruHash" || spec.type === "lruPerCpuHash";
  const perCpu = isPerCpu(spec);
  const processors = perCpu ? machine.processors : 1;
  const values = mapValues(machine, spec);
  const valueBytes = perCpu ? values.strideBytes * processors : spec.valueSizeBytes;
  const objects = reserveValues(machine, maxEntries, processors);
  const bucketCount = 2 ** Math.ceil(Math.log2(maxEntries));
  const stride = elementBytes(keySizeBytes, valueBytes);
  const valueAt = valueOffset(keySizeBytes);
  const head = machine.allocate(header.sizeBytes);
  const buckets = machine.allocate(bucketCount * 4);
  const elements = machine.allocate(stride * maxEntries);

  const get = (at: number, member: number) => machine.i32[(at + member) >>> 2]!;
  const put = (at: number, member: number, value: number) => {
    machine.i32[(at + member) >>> 2] = value;
  };
  put(head, header.bucketMask, bucketCount - 1);
  put(head, header.buckets, buckets);
  put(head, header.seed, 0);
  // Elements are made when they are needed for the first time: a large map costs nothing until it is filled.
  let made = 0;
  const takeFree = () => {
    const freed = get(head, header.free) >>> 0;
    if (freed !== 0) {
      put(head, header.free, get(freed, element.next));
      return freed;
    }
    if (made === maxEntries) return 0;
    const at = elements + made * stride;
    put(at, element.handle, objects.firstIndex + made * processors);
    made++;
    return at;
  };

  const hash = (key: number) => hashOf(machine.view, key, keySizeBytes, get(head, header.seed));
  const bucketOf = (hashed: number) => buckets + (hashed & (bucketCount - 1)) * 4;
  const sameKey = (at: number, key: number) => {
    const { u8 } = machine;
    for (let index = 0; index < keySizeBytes; index++) {
      if (u8[at + element.key + index] !== u8[key + index]) return false;
    }
    return true;
  };
  const find = (key: number, hashed: number) => {
    for (let at = get(bucketOf(hashed), 0) >>> 0; at !== 0; at = get(at, element.next) >>> 0) {
      if (get(at, element.hash) === hashed && sameKey(at, key)) return at;
    }
    return 0;
  };

  const linkNewest = (at: number) => {
    const newest = get(head, header.newest);
    put(at, element.older, newest);
    put(at, element.newer, 0);
    if (newest === 0) put(head, header.oldest, at);
    else put(newest >>> 0, element.newer, at);
    put(head, header.newest, at);
  };
  const unlinkUse = (at: number) => {
    const [older, newer] = [get(at, element.older), get(at, element.newer)];
    if (older === 0) put(head, header.oldest, newer);
    else put(older >>> 0, element.newer, newer);
    if (newer === 0) put(head, header.newest, older);
    else put(newer >>> 0, element.older, older);
  };

  const firstObject = (at: number) => get(at, element.handle) & indexMask;
  const drop = (at: number) => {
    const bucket = bucketOf(get(at, element.hash));
    let link = bucket;
    while (get(link, 0) !== at >> 0) link = get(link, 0) >>> 0;
    put(link, 0, get(at, element.next));
    if (isLru) unlinkUse(at);
    const index = firstObject(at);
    for (let processor = 0; processor < processors; processor++) {
      machine.objects.retireAfterRun(index + processor);
      values.end(at + valueAt + processor * values.strideBytes);
    }
    put(at, element.next, get(head, header.free));
    put(head, header.free, at);
    put(head, header.count, get(head, header.count) - 1);
  };
  const leastUsed = () => {
    for (;;) {
      const at = get(head, header.oldest) >>> 0;
      if (get(at, element.referenced) === 0) return at;
      put(at, element.referenced, 0);
      unlinkUse(at);
      linkNewest(at);
    }
  };
  /** A new element for a key, its values still as they were; 0 when the map is full. */
  const add = (key: number, hashed: number) => {
    let at = takeFree();
    if (at === 0) {
      if (!isLru) return 0;
      drop(leastUsed());
      at = takeFree();
    }
    const bucket = bucketOf(hashed);
    put(at, element.next, get(bucket, 0));
    put(bucket, 0, at);
    put(at, element.hash, hashed);
    put(at, element.referenced, 0);
    machine.u8.copyWithin(at + element.key, key, key + keySizeBytes);
    const index = firstObject(at);
    for (let processor = 0; processor < processors; processor++) {
      values.place(index + processor, at + valueAt + processor * values.strideBytes);
    }
    put(at, element.handle, machine.objects.handle(index));
    if (isLru) linkNewest(at);
    put(head, header.count, get(head, header.count) + 1);
    return at;
  };

  /** The element to write to, new or not; below 0 an error. */
  const elementFor = (key: number, flags: number): number => {
    if ((flags & updateFlags.lock) !== 0 && (!values.hasLock || isLru || perCpu)) return mapErrors.invalid;
    if ((flags & ~updateFlags.lock) >>> 0 > updateFlags.exist) return mapErrors.invalid;
    const hashed = hash(key);
    const at = find(key, hashed);
    if (at !== 0 && (flags & updateFlags.noExist) !== 0) return mapErrors.exists;
    if (at === 0 && (flags & updateFlags.exist) !== 0) return mapErrors.noEntry;
    if (at !== 0) {
      isNew = false;
      if (isLru) put(at, element.referenced, 1);
      return at;
    }
    isNew = true;
    return add(key, hashed) || mapErrors.full;
  };
  let isNew = false;

  const pointTo = (at: number, processor: number) => {
    const handle = processor === 0 ? get(at, element.handle) : machine.objects.handle(firstObject(at) + processor);
    return found(program, at + valueAt + processor * values.strideBytes, handle);
  };
  const currentProcessor = () => (perCpu ? machine.surroundings.processor : 0);
  const program: MapInPrograms = {
    low: 0,
    high: 0,
    lookup(key) {
      const at = find(key, hash(key));
      if (at === 0) return notFound(program);
      if (isLru) put(at, element.referenced, 1);
      return pointTo(at, currentProcessor());
    },
    ...(perCpu && {
      lookupOn(key: number, processor: number) {
        const at = processor < processors ? find(key, hash(key)) : 0;
        return at === 0 ? notFound(program) : pointTo(at, processor);
      },
    }),
    update(key, value, flags) {
      const at = elementFor(key, flags);
      if (at < 0) return at;
      const current = currentProcessor();
      const base = at + valueAt;
      if (!isNew) values.write(base + current * values.strideBytes, value);
      else {
        if (perCpu) machine.u8.fill(0, base, base + valueBytes);
        values.begin(base + current * values.strideBytes, value);
      }
      return mapErrors.ok;
    },
    remove: (key) => remove(key),
    each(visit) {
      let visited = 0;
      for (const at of [...live()]) {
        if (!isLive(at)) continue;
        visited++;
        pointTo(at, currentProcessor());
        if (!visit(at + element.key, program.low, program.high)) break;
      }
      return visited;
    },
  };
  const remove = (key: number) => {
    const at = find(key, hash(key));
    if (at === 0) return mapErrors.noEntry;
    drop(at);
    return mapErrors.ok;
  };
  const isLive = (at: number) => {
    let one = get(bucketOf(get(at, element.hash)), 0) >>> 0;
    while (one !== 0 && one !== at) one = get(one, element.next) >>> 0;
    return one === at;
  };
  function* live(): Generator<number> {
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      for (let at = get(buckets, bucket * 4) >>> 0; at !== 0; at = get(at, element.next) >>> 0) yield at;
    }
  }
  const show = (at: number, into: Uint8Array) => {
    for (let processor = 0; processor < processors; processor++) {
      values.show(at + valueAt + processor * values.strideBytes, into, processor * values.strideBytes);
    }
  };
  const read = (key: number, into: Uint8Array) => {
    const at = find(key, hash(key));
    if (at === 0) return mapErrors.noEntry;
    show(at, into);
    return mapErrors.ok;
  };
  return {
    program,
    ...(!perCpu && { place: { kind: "hash", headerAddress: head, leastRecentlyUsed: isLru } as const }),
    valueBytes,
    read,
    write(key, value, flags) {
      const at = elementFor(key, flags);
      if (at < 0) return at;
      for (let processor = 0; processor < processors; processor++) {
        const offset = processor * values.strideBytes;
        if (isNew) values.begin(at + valueAt + offset, value + offset);
        else values.write(at + valueAt + offset, value + offset);
      }
      return mapErrors.ok;
    },
    remove,
    take(key, into) {
      const result = read(key, into);
      if (result === mapErrors.ok) remove(key);
      return result;
    },
    keys() {
      const keys = new Uint8Array(get(head, header.count) * keySizeBytes);
      let offset = 0;
      for (const at of live()) {
        keys.set(machine.u8.subarray(at + element.key, at + element.key + keySizeBytes), offset);
        offset += keySizeBytes;
      }
      return keys;
    },
  };
}
