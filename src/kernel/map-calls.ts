/**
 * The calls of `bpf(2)` on one element of a map, without an allocation a call: attribute, key and value lie in one
 * block of memory that lives as long as the map. A caller writes the key and the value there and reads them there.
 */

import { align8, type MapCalls } from "../maps/index.ts";
import { mapElement } from "./attribute.ts";
import { bpfError, type Command, commands } from "./bpf.ts";
import { errnoNumber } from "./errno.ts";
import { addressNumberOf, bpfCall } from "./libc.ts";
import { thisMachine } from "./machine.ts";

const valueOffset = mapElement.field("value")!.offset;
const flagsOffset = mapElement.field("flags")!.offset;

/** The calls of every runtime, and steps from key to key. */
export interface KernelMapCalls extends MapCalls {
  /** Puts the key after `key` into `next`, or with `first` the first one; false at the end. */
  nextKey(first: boolean): boolean;
  readonly next: DataView;
}

const noEntry = errnoNumber("ENOENT");

/** Calls on the map `fd`; `name` stands in errors. */
export function mapCalls(fd: number, name: string, keyBytes: number, valueBytes: number): KernelMapCalls {
  const keyAt = 2 * mapElement.sizeBytes;
  const nextAt = keyAt + align8(keyBytes);
  const valueAt = nextAt + align8(keyBytes);
  // An ArrayBuffer of its own never moves, as the memory of a small Uint8Array may.
  const memory = new ArrayBuffer(valueAt + align8(valueBytes));
  const address = addressNumberOf(new Uint8Array(memory));
  const view = new DataView(memory);
  const bpfNumber = thisMachine().bpfCall;
  const place = (value: number) => ({
    mapFd: fd,
    key: BigInt(keyBytes === 0 ? 0 : address + keyAt),
    value: BigInt(address + value),
    flags: 0n,
  });
  const stepAt = mapElement.sizeBytes;
  const stepAddress = address + stepAt;
  mapElement.encode(place(valueAt), view, 0);
  mapElement.encode(place(nextAt), view, stepAt);
  const keyOffset = mapElement.field("key")!.offset;

  const element = (command: Command, doing: string, attributeBytes: number = mapElement.sizeBytes) => {
    const number = commands[command];
    return (): boolean => {
      const result = bpfCall(bpfNumber, number, address, attributeBytes);
      if (result === 0) return true;
      if (result === -noEntry) return false;
      throw bpfError(-result, `${doing} the map ${name}`);
    };
  };

  return {
    key: new DataView(memory, keyAt, keyBytes),
    next: new DataView(memory, nextAt, keyBytes),
    value: new DataView(memory, valueAt, valueBytes),
    lookup: element("mapLookup", "read"),
    // The kernel refuses an attribute that names a value here.
    remove: element("mapDelete", "delete from", valueOffset),
    take: element("mapLookupAndDelete", "take from"),
    update(flags) {
      view.setUint32(flagsOffset, flags, true);
      const result = bpfCall(bpfNumber, commands.mapUpdate, address, mapElement.sizeBytes);
      if (flags !== 0) view.setUint32(flagsOffset, 0, true);
      return -result;
    },
    failure: (errno) => bpfError(errno, `write the map ${name}`),
    nextKey(first) {
      view.setBigUint64(stepAt + keyOffset, first ? 0n : BigInt(address + keyAt), true);
      const result = bpfCall(bpfNumber, commands.mapNextKey, stepAddress, mapElement.sizeBytes);
      if (result === 0) return true;
      if (result === -noEntry) return false;
      throw bpfError(-result, `walk the map ${name}`);
    },
  };
}
