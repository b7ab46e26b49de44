/** What the kernel knows of a map. */

import { type MapTypeName, mapTypeNames } from "../spec/index.ts";
import { textOf } from "./c-string.ts";
import { MapInfo } from "./info-attribute.ts";
import { infoOf } from "./object-info.ts";

/** A map as the kernel describes it. */
export interface MapDescription {
  readonly id: number;
  readonly name: string;
  readonly type: MapTypeName;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** The BTF object that its types are in, 0 for none. */
  readonly btfId: number;
  readonly keyTypeId: number;
  readonly valueTypeId: number;
}

/** Describes the map behind `fd`. A type that Tarsier has no name for is called by its number. */
export function mapInfo(fd: number): MapDescription {
  const info = infoOf(fd, MapInfo, "describe a map");
  return {
    id: info.id,
    name: textOf(info.name),
    type: mapTypeNames.get(info.type) ?? (`type ${info.type}` as MapTypeName),
    keySizeBytes: info.keySize,
    valueSizeBytes: info.valueSize,
    maxEntries: info.maxEntries,
    flags: info.flags,
    btfId: info.btfId,
    keyTypeId: info.keyTypeId,
    valueTypeId: info.valueTypeId,
  };
}
