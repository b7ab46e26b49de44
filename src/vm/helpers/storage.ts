/** Values that hang on sockets, tasks, files and cgroups (`kernel/bpf/bpf_local_storage.c`). */

import type { HelperName } from "../../isa/helpers.ts";
import type { Machine } from "../machine.ts";
import { errors, flagsOf, isNull, long, mapArgument, memoryArgument, nullPointer } from "./arguments.ts";
import type { Helper, HelperGroup } from "./helper.ts";

/** `BPF_LOCAL_STORAGE_GET_F_CREATE`. */
const createFlag = 1;

export const storageHelpers: HelperGroup = {
  ...pair("bpf_sk_storage_get", "bpf_sk_storage_delete"),
  ...pair("bpf_task_storage_get", "bpf_task_storage_delete"),
  ...pair("bpf_inode_storage_get", "bpf_inode_storage_delete"),
  ...pair("bpf_cgrp_storage_get", "bpf_cgrp_storage_delete"),
};

function pair(getName: HelperName, removeName: HelperName): HelperGroup {
  const get: Helper = (machine) => {
    const storage = storageArgument(machine, getName);
    if (storage === undefined) return;
    const flags = flagsOf(machine, 4);
    if (isNull(machine, 2) || flags > createFlag) return nullPointer(machine);
    const { map } = storage;
    const initial = isNull(machine, 3) ? 0 : memoryArgument(machine, getName, 3, map.spec.valueSizeBytes);
    if (initial < 0) return;
    if (!map.storage!.get(long(machine, 2), flags === createFlag, initial)) return nullPointer(machine);
    machine.result64(map.program.low, map.program.high);
  };
  const remove: Helper = (machine) => {
    const storage = storageArgument(machine, removeName);
    if (storage === undefined) return;
    machine.result(isNull(machine, 2) ? errors.invalid : storage.map.storage!.remove(long(machine, 2)));
  };
  return { [getName]: get, [removeName]: remove };
}

function storageArgument(machine: Machine, helper: string) {
  const map = mapArgument(machine, helper, 1);
  if (map === undefined) return undefined;
  if (map.storage !== undefined) return { map };
  machine.complain(`calls ${helper} with the map ${map.spec.name}, which hangs no values on objects`);
  return undefined;
}
