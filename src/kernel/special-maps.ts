/** Maps whose keys are descriptors of this process: storage of objects, and maps inside maps. */

import { closeSync, openSync } from "node:fs";
import type { Layout } from "../bytes/index.ts";
import { i32 } from "../bytes/index.ts";
import { InputError } from "../errors/error.ts";
import { type MapBytes, referenceMap, typedMap, type UpdateMode } from "../maps/index.ts";
import { errnoName } from "./errno.ts";
import { closeDescriptor, systemCall } from "./libc.ts";
import { openById } from "./loaded.ts";
import { type KernelMap, openMap } from "./map.ts";
import { mapInfo } from "./map-info.ts";

/** The map inside a map of maps, at `key`; the caller closes it. `undefined` where there is none. */
export function innerMap<Key = number>(map: KernelMap, at: Key, key?: Layout<Key>): KernelMap | undefined {
  const id = referenceMap(map, key).idOf(at);
  const fd = id === undefined ? undefined : openById("maps", id);
  if (fd === undefined) return undefined;
  return openMap({ ...(map.spec.inner ?? map.spec), ...mapInfo(fd), keyTypeId: 0, valueTypeId: 0 }, fd);
}

/** Values that hang on sockets, processes, files or cgroups, and go with them. */
export interface StorageMap<Value> {
  /** Of the object behind a descriptor: a socket, a pidfd, an open file, a cgroup's directory. */
  get(fd: number): Value | undefined;
  set(fd: number, value: Value, mode?: UpdateMode): boolean;
  delete(fd: number): boolean;
  /** Of a process (its main thread) by its id: task storage. */
  ofProcess(pid: number): Value | undefined;
  /** Of a file or a cgroup by its path: inode and cgroup storage. */
  ofPath(path: string): Value | undefined;
}

const pidfdOpenCall = 434;

/** Gives a storage map the schema of its values. */
export function storageMap<Value>(map: MapBytes, value: Layout<Value>): StorageMap<Value> {
  const typed = typedMap(map, i32, value);
  return {
    get: typed.get,
    set: typed.set,
    delete: typed.delete,
    ofProcess(pid) {
      const fd = systemCall(pidfdOpenCall, pid);
      if (fd < 0) throw new InputError("PROCESS_ABSENT", `there is no process ${pid}: ${errnoName(-fd)}`);
      try {
        return typed.get(fd);
      } finally {
        closeDescriptor(fd);
      }
    },
    ofPath(path) {
      const fd = openSync(path, "r");
      try {
        return typed.get(fd);
      } finally {
        closeSync(fd);
      }
    },
  };
}
