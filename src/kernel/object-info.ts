/** `BPF_OBJ_GET_INFO_BY_FD`: what the kernel knows of an object, by its descriptor. */

import type { FieldTypes, Struct, StructValue } from "../bytes/index.ts";
import { objectInfo } from "./attribute.ts";
import { attribute, bpfError, tryBpf } from "./bpf.ts";
import { addressOf } from "./libc.ts";

/** The information, laid out as `layout`; `given` are addresses and lengths of memory that the kernel is to fill. */
export function infoOf<Fields extends FieldTypes>(
  fd: number,
  layout: Struct<Fields>,
  doing: string,
  given: Partial<StructValue<Fields>> = {},
  ...memory: Uint8Array[]
): StructValue<Fields> {
  const info = attribute(layout, given);
  const call = attribute(objectInfo, { fd, infoLength: info.byteLength, info: addressOf(info) });
  const result = tryBpf("objectInfo", call, info, ...memory);
  if (result < 0) throw bpfError(-result, doing);
  return layout.decode(new DataView(info.buffer, info.byteOffset, info.byteLength));
}
