/** For tests: operations of users on a map of the sandbox and on the kernel's, with results that can be compared. */

import { mapElement } from "../../kernel/attribute.ts";
import { attribute, type Command, tryBpf } from "../../kernel/bpf.ts";
import { createMap } from "../../kernel/create-map.ts";
import { addressOf } from "../../kernel/libc.ts";
import type { MapSpec } from "../../spec/index.ts";
import { testMap } from "../machine.testing.ts";
import type { MapInUsers } from "./map.ts";

/** One call: keys and values are given as numbers, which are repeated to the size that is needed, or as bytes. */
export type Operation =
  | readonly ["lookup" | "remove" | "take", Content]
  | readonly ["update", Content, Content, number?]
  | readonly ["keys"];
export type Content = number | readonly number[];

export interface UserMap extends MapInUsers {
  readonly valueBytes: number;
  close(): void;
}

/** What each operation gave: an error number, or the bytes that it read. */
export function resultsOf(map: UserMap, spec: MapSpec, operations: readonly Operation[]): readonly unknown[] {
  const key = (content: Content) => bytesOf(content, spec.keySizeBytes);
  return operations.map((operation) => {
    const [kind] = operation;
    if (kind === "keys") return sortedKeys(map.keys(), spec.keySizeBytes);
    if (kind === "update")
      return map.update(key(operation[1]), bytesOf(operation[2], map.valueBytes), operation[3] ?? 0);
    if (kind === "remove") return map.remove(key(operation[1]));
    const value = spec.type === "bloomFilter" ? bytesOf(operation[1], map.valueBytes) : new Uint8Array(map.valueBytes);
    const result = kind === "lookup" ? map.lookup(key(operation[1]), value) : map.take(key(operation[1]), value);
    return result === 0 ? [...value] : result;
  });
}

function bytesOf(content: Content, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  if (typeof content !== "number") bytes.set(content);
  else if (sizeBytes >= 4) new DataView(bytes.buffer).setUint32(0, content, true);
  else bytes.fill(content);
  return bytes;
}

function sortedKeys(keys: Uint8Array, sizeBytes: number): readonly string[] {
  return Array.from({ length: keys.length / sizeBytes }, (_, index) =>
    keys.slice(index * sizeBytes, (index + 1) * sizeBytes).join(" "),
  ).sort();
}

export function sandboxUserMap(spec: MapSpec, processors: number): UserMap {
  const { map } = testMap(spec, { processors });
  return { ...map.user, valueBytes: map.valueBytes, close() {} };
}

/** The same calls of `bpf(2)`. */
export function kernelUserMap(spec: MapSpec, btfFd = -1): UserMap {
  const map = createMap(spec, btfFd);
  const call = (command: Command, key: Uint8Array, value?: Uint8Array, flags = 0) =>
    tryBpf(
      command,
      attribute(mapElement, {
        mapFd: map.fd,
        key: key.length === 0 ? 0n : addressOf(key),
        ...(value !== undefined && { value: addressOf(value) }),
        flags: BigInt(flags),
      }),
      key,
      ...(value === undefined ? [] : [value]),
    );
  return {
    valueBytes: map.valueBytes,
    lookup: (key, value) => call("mapLookup", key, value),
    update: (key, value, flags) => call("mapUpdate", key, value, flags),
    remove: (key) => call("mapDelete", key),
    take: (key, value) => call("mapLookupAndDelete", key, value),
    keys: () => Uint8Array.from([...map.keys()].flatMap((key) => [...key])),
    close: () => map.close(),
  };
}
