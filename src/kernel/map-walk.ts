/**
 * Walking a map while others change it. Each key comes at most once.
 *
 * Where the kernel reads in batches it does so bucket by bucket, each under its lock, and a key never changes its
 * bucket: so none that was there all the time is missed. Elsewhere the walk goes from key to key (`BPF_MAP_GET_NEXT_KEY`).
 * There the kernel begins anew when the key it stands on was deleted, so keys that were seen are remembered and passed
 * over; a key that another writer moves within its bucket meanwhile can be missed.
 */

import type { WalkStep } from "../maps/index.ts";
import type { MapTypeName } from "../spec/index.ts";
import * as attributes from "./attribute.ts";
import { attribute, bpfError, type Command, tryBpf } from "./bpf.ts";
import { errnoNumber } from "./errno.ts";
import { addressOf } from "./libc.ts";
import type { KernelMapCalls } from "./map-calls.ts";

/** What a walk needs to know of a map. */
export interface Walkable {
  readonly fd: number;
  readonly name: string;
  readonly type: MapTypeName;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly maxEntries: number;
  readonly calls: KernelMapCalls;
}

const batchEntries = 4096;
const batchBytes = 1 << 20;

/** Types whose batches hold whole buckets: their keys come once by themselves. */
const bucketTypes: ReadonlySet<MapTypeName> = new Set([
  "hash",
  "lruHash",
  "perCpuHash",
  "lruPerCpuHash",
  "array",
  "perCpuArray",
  "hashOfMaps",
  "arrayOfMaps",
]);

/** Every entry of a map. With `take` they are deleted as they are read, where the kernel can do both at once. */
export function* walkEntries(map: Walkable, take = false): Generator<WalkStep> {
  const walked = yield* walkBatches(map, take ? "mapLookupAndDeleteBatch" : "mapLookupBatch");
  if (walked) return;
  const { calls } = map;
  const values = calls.value;
  for (const key of walkKeys(map)) {
    const view = viewOf(key);
    // A copy of the key: the caller may use the map between two steps.
    copy(key, calls.key);
    if (take ? takeOne(calls) : calls.lookup()) yield { keys: view, keyOffset: 0, values, valueOffset: 0 };
  }
}

function takeOne(calls: KernelMapCalls): boolean {
  return calls.lookup() && calls.remove();
}

/** Every key, by steps from one to the next. */
export function* walkKeys({ calls, keyBytes }: Pick<Walkable, "calls" | "keyBytes">): Generator<Uint8Array> {
  const seen = new Set<string>();
  let current: Uint8Array | undefined;
  for (;;) {
    if (current !== undefined) copy(current, calls.key);
    if (!calls.nextKey(current === undefined)) return;
    const key = new Uint8Array(calls.next.buffer, calls.next.byteOffset, keyBytes).slice();
    const text = Buffer.from(key.buffer).toString("latin1");
    current = key;
    if (seen.has(text)) continue;
    seen.add(text);
    yield key;
  }
}

/** False when the kernel has no batches for such a map, before anything was read. */
function* walkBatches(map: Walkable, command: Command): Generator<WalkStep, boolean> {
  const { fd, name, keyBytes, valueBytes } = map;
  if (keyBytes === 0) return false;
  let room = Math.max(1, Math.min(batchEntries, map.maxEntries, Math.floor(batchBytes / (keyBytes + valueBytes))));
  let keys = new Uint8Array(room * keyBytes);
  let values = new Uint8Array(room * valueBytes);
  // The place in the walk is a key or the number of a bucket.
  let from = new Uint8Array(Math.max(8, keyBytes));
  let to = new Uint8Array(Math.max(8, keyBytes));
  let isFirst = true;
  const seen = bucketTypes.has(map.type) ? undefined : new Set<string>();
  for (;;) {
    const call = attribute(attributes.mapBatch, {
      inBatch: isFirst ? 0n : addressOf(from),
      outBatch: addressOf(to),
      keys: addressOf(keys),
      values: addressOf(values),
      count: room,
      mapFd: fd,
    });
    const result = tryBpf(command, call, from, to, keys, values);
    if (isFirst && isNoBatch(-result)) return false;
    if (result === -errnoNumber("ENOSPC")) {
      // One bucket holds more than there is room for; the place in the walk is as before.
      room *= 2;
      keys = new Uint8Array(room * keyBytes);
      values = new Uint8Array(room * valueBytes);
      continue;
    }
    if (result < 0 && result !== -errnoNumber("ENOENT")) throw bpfError(-result, `walk the map ${name}`);
    const count = attributes.mapBatch.decode(viewOf(call)).count;
    const [keyView, valueView] = [viewOf(keys), viewOf(values)];
    for (let index = 0; index < count; index++) {
      const keyOffset = index * keyBytes;
      if (seen !== undefined) {
        const text = Buffer.from(keys.buffer).toString("latin1", keyOffset, keyOffset + keyBytes);
        if (seen.has(text)) continue;
        seen.add(text);
      }
      yield { keys: keyView, keyOffset, values: valueView, valueOffset: index * valueBytes };
    }
    if (result < 0) return true;
    [from, to, isFirst] = [to, from, false];
  }
}

/** ENOTSUPP from the kernel's table of calls; EINVAL from kernels that know no batches of per-CPU values. */
export function isNoBatch(errno: number): boolean {
  return errno === 524 || errno === errnoNumber("EINVAL") || errno === errnoNumber("EOPNOTSUPP");
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function copy(from: Uint8Array, to: DataView): void {
  new Uint8Array(to.buffer, to.byteOffset, to.byteLength).set(from);
}
