/** Maps that others made: by the path they are pinned at, or by their id. */

import { InputError } from "../errors/error.ts";
import { openById } from "./loaded.ts";
import { type KernelMap, openMap } from "./map.ts";
import { mapInfo } from "./map-info.ts";
import { openPin } from "./pin.ts";

/** Opens the map that is pinned at a path. */
export function openPinnedMap(path: string): KernelMap {
  const fd = openPin(path, "a map");
  if (fd === undefined) throw new InputError("PIN_ABSENT", `nothing is pinned at ${path}`);
  return describedMap(fd);
}

/** Opens a map by its id; `undefined` when it is gone. */
export function openMapById(id: number): KernelMap | undefined {
  const fd = openById("maps", id);
  return fd === undefined ? undefined : describedMap(fd);
}

function describedMap(fd: number): KernelMap {
  const { name, type, keySizeBytes, valueSizeBytes, maxEntries, flags } = mapInfo(fd);
  return openMap({ name, type, keySizeBytes, valueSizeBytes, maxEntries, flags, keyTypeId: 0, valueTypeId: 0 }, fd);
}
