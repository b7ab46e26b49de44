/** `bpf(2)`: one typed call per command, and what its errors mean. */

import type { FieldTypes, Struct, StructValue } from "../bytes/index.ts";
import { KernelError, PermissionError, type TarsierError } from "../errors/error.ts";
import { errnoName } from "./errno.ts";
import { addressOf, bpfCall } from "./libc.ts";
import { thisMachine } from "./machine.ts";

/** Commands of `bpf(2)` (`enum bpf_cmd`). */
export const commands = {
  mapCreate: 0,
  mapLookup: 1,
  mapUpdate: 2,
  mapDelete: 3,
  mapNextKey: 4,
  programLoad: 5,
  objectPin: 6,
  objectGet: 7,
  programAttach: 8,
  programDetach: 9,
  programTestRun: 10,
  programNextId: 11,
  mapNextId: 12,
  programById: 13,
  mapById: 14,
  objectInfo: 15,
  rawTracepointOpen: 17,
  btfLoad: 18,
  btfById: 19,
  mapLookupAndDelete: 21,
  mapFreeze: 22,
  btfNextId: 23,
  mapLookupBatch: 24,
  mapLookupAndDeleteBatch: 25,
  mapUpdateBatch: 26,
  mapDeleteBatch: 27,
  linkCreate: 28,
  linkUpdate: 29,
  linkById: 30,
  linkNextId: 31,
  enableStatistics: 32,
  iteratorCreate: 33,
  linkDetach: 34,
} as const;

export type Command = keyof typeof commands;

let callNumber: number | undefined;
/** What the call in progress points to: an address alone does not keep memory from being collected. */
const held: { memory: readonly Uint8Array[] } = { memory: [] };

/**
 * Calls `bpf(2)` with a laid-out attribute: the result (a descriptor or 0), or the negated errno.
 * The kernel may write into `attribute`. `memory` is all that addresses in it point to.
 */
export function tryBpf(command: Command, attribute: Uint8Array, ...memory: Uint8Array[]): number {
  callNumber ??= thisMachine().bpfCall;
  held.memory = [attribute, ...memory];
  const result = bpfCall(callNumber, commands[command], addressOf(attribute), attribute.byteLength);
  held.memory = [];
  return result;
}

/** An attribute of `layout` with the given fields set and all others zero. */
export function attribute<Fields extends FieldTypes>(
  layout: Struct<Fields>,
  values: Partial<StructValue<Fields>>,
): Uint8Array {
  const zero = layout.decode(new DataView(new ArrayBuffer(layout.sizeBytes)));
  return layout.encode({ ...zero, ...values });
}

/** As `tryBpf` with all of `layout` that is not given zero, throwing what the errno means; `doing` completes "cannot …". */
export function bpf<Fields extends FieldTypes>(
  command: Command,
  layout: Struct<Fields>,
  values: Partial<StructValue<Fields>>,
  doing: string,
  ...memory: Uint8Array[]
): number {
  const result = tryBpf(command, attribute(layout, values), ...memory);
  if (result < 0) throw bpfError(-result, doing);
  return result;
}

/** The error for an errno of `bpf(2)`. */
export function bpfError(errno: number, doing: string): TarsierError {
  const name = errnoName(errno);
  if (name === "EPERM" || name === "EACCES") {
    return new PermissionError(
      "BPF_NOT_PERMITTED",
      `cannot ${doing}: the kernel does not permit it (${name}); run as root or with CAP_BPF and CAP_PERFMON, and see \`tarsier doctor\``,
    );
  }
  if (name === "ENOSYS") {
    return new KernelError(
      "BPF_ABSENT",
      `cannot ${doing}: this kernel has no bpf(2); Tarsier needs Linux 6.1 or newer`,
    );
  }
  return new KernelError("BPF_REFUSED", `cannot ${doing}: ${name}`);
}

/** A kernel object's name: at most 15 characters of letters, digits, `_` and `.`. */
export function objectNameBytes(name: string): Uint8Array {
  const encoded = new Uint8Array(16);
  encoded.set(new TextEncoder().encode(name.replace(/[^\w.]/g, "_").slice(0, 15)));
  return encoded;
}
