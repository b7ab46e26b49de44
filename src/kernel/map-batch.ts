/** Writing many entries with one call (`BPF_MAP_UPDATE_BATCH`), or one by one where the kernel cannot. */

import { type EntryWriter, type UpdateMode, update, updateModes, writeFailure } from "../maps/index.ts";
import { mapBatch } from "./attribute.ts";
import { attribute, tryBpf } from "./bpf.ts";
import { errnoNumber } from "./errno.ts";
import { addressOf } from "./libc.ts";
import type { KernelMap } from "./map.ts";
import { isNoBatch, viewOf } from "./map-walk.ts";

const batchEntries = 1024;

/** Writes all `entries`. Throws at the first that the map does not take; those before it are in the map. */
export function writeBatch<Entry>(
  map: KernelMap,
  entries: Iterable<Entry>,
  mode: UpdateMode,
  write: EntryWriter<Entry>,
): void {
  const { spec, valueBytes, calls } = map;
  const keys = new Uint8Array(batchEntries * spec.keySizeBytes);
  const values = new Uint8Array(batchEntries * valueBytes);
  const [keyView, valueView] = [viewOf(keys), viewOf(values)];
  let inBatches = true;
  let held = 0;
  const flush = () => {
    if (held === 0) return;
    const call = attribute(mapBatch, {
      keys: addressOf(keys),
      values: addressOf(values),
      count: held,
      mapFd: map.fd,
      elementFlags: BigInt(updateModes[mode]),
    });
    const result = tryBpf("mapUpdateBatch", call, keys, values);
    if (result < 0 && isNoBatch(-result)) {
      inBatches = false;
      for (let index = 0; index < held; index++) one(index);
    } else if (result < 0) throw writeFailure(spec, calls, -result);
    held = 0;
  };
  const one = (index: number) => {
    const keyBytes = spec.keySizeBytes;
    new Uint8Array(calls.key.buffer, calls.key.byteOffset, keyBytes).set(
      keys.subarray(index * keyBytes, (index + 1) * keyBytes),
    );
    new Uint8Array(calls.value.buffer, calls.value.byteOffset, valueBytes).set(
      values.subarray(index * valueBytes, (index + 1) * valueBytes),
    );
    if (!update(spec, calls, mode))
      throw writeFailure(spec, calls, errnoNumber(mode === "exist" ? "ENOENT" : "EEXIST"));
  };
  for (const entry of entries) {
    write(keyView, held * spec.keySizeBytes, valueView, held * valueBytes, entry);
    held++;
    if (held === batchEntries || !inBatches) flush();
  }
  flush();
}
