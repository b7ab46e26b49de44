/** A map of the sandbox as every runtime has it (maps/map-bytes.ts), so that the same shapes are put over it. */

import { InputError } from "../../errors/error.ts";
import {
  align8,
  type EntryWriter,
  type MapBytes,
  type MapCalls,
  ringReader,
  type UpdateMode,
  update,
  updateModes,
  writeFailure,
} from "../../maps/index.ts";
import type { Machine } from "../machine.ts";
import { mapErrors, type SandboxMap } from "./map.ts";

/** What a map answers users with that is no result, in words. */
const words = new Map<number, string>([
  [mapErrors.permission, "it may only be read, or only be written, or is frozen"],
  [mapErrors.noEntry, "there is no such entry"],
  [mapErrors.exists, "there is such an entry"],
  [mapErrors.invalid, "a map of its type does not take this"],
  [mapErrors.badDescriptor, "there is no such map"],
]);

export function sandboxMapBytes(map: SandboxMap, machine: Machine): MapBytes {
  const { spec, user, valueBytes } = map;
  const { name, keySizeBytes } = spec;
  // One block, so that a call makes no memory.
  const memory = new ArrayBuffer(align8(keySizeBytes) + valueBytes);
  const key = new Uint8Array(memory, 0, keySizeBytes);
  const value = new Uint8Array(memory, align8(keySizeBytes), valueBytes);
  const valueView = new DataView(memory, align8(keySizeBytes), valueBytes);
  const failure = (doing: string, result: number) =>
    new InputError(
      "SANDBOX_MAP",
      `cannot ${doing} the map ${name}: ${words.get(result) ?? "its type has no such call"}`,
    );
  const answered = (doing: string, result: number): boolean => {
    if (result === mapErrors.ok) return true;
    if (result === mapErrors.noEntry) return false;
    throw failure(doing, result);
  };
  const calls: MapCalls = {
    key: new DataView(memory, 0, keySizeBytes),
    value: valueView,
    lookup: () => answered("read", user.lookup(key, value)),
    update: (flags) => -user.update(key, value, flags),
    remove: () => answered("delete from", user.remove(key)),
    take: () => answered("take from", user.take(key, value)),
    failure: (errno) => failure("write", -errno),
  };
  function* walk(take = false) {
    const keys = user.keys();
    const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength);
    for (let keyOffset = 0; keyOffset < keys.length; keyOffset += keySizeBytes) {
      key.set(keys.subarray(keyOffset, keyOffset + keySizeBytes));
      if (!calls.lookup() || (take && !calls.remove())) continue;
      yield { keys: view, keyOffset, values: valueView, valueOffset: 0 };
    }
  }
  return {
    spec,
    valueBytes,
    processors: machine.processors,
    calls,
    get(at) {
      key.set(at);
      return calls.lookup() ? value.slice() : undefined;
    },
    set(at, content, mode) {
      key.set(at);
      value.set(content);
      return update(spec, calls, mode);
    },
    delete(at) {
      key.set(at);
      return calls.remove();
    },
    take(at) {
      key.set(at);
      return calls.take() ? value.slice() : undefined;
    },
    keys: () => map.keys(),
    walk,
    writeAll<Entry>(entries: Iterable<Entry>, mode: UpdateMode, write: EntryWriter<Entry>) {
      for (const entry of entries) {
        write(calls.key, 0, valueView, 0, entry);
        const result = user.update(key, value, updateModes[mode]);
        if (result !== mapErrors.ok) throw writeFailure(spec, calls, -result);
      }
    },
    mapped: () => map.mapped(),
    readRing() {
      const { ring } = map;
      if (ring === undefined) throw new InputError("SANDBOX_MAP", `the map ${name} is no ring buffer`);
      let views = viewsOf(ring.memory());
      // The memory of a sandbox is another one after it has grown.
      const current = () => {
        if (views.view.buffer !== machine.memory.buffer) views = viewsOf(ring.memory());
        return views;
      };
      return ringReader(spec.maxEntries, current, () => {});
    },
  };
}

function viewsOf({ consumer, producer, data }: ReturnType<NonNullable<SandboxMap["ring"]>["memory"]>) {
  return { consumer, producer, view: data, headers: new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4) };
}
