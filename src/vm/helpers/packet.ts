/** The packet of the running program: its bytes, and the context that says where they lie. */

import type { PacketContext } from "../contexts.ts";
import {
  contextAt,
  objectIndexes,
  objectRowBytes,
  objectTableAt,
  packetAreaAt,
  packetAreaBytes,
  row,
} from "../layout.ts";
import type { Machine } from "../machine.ts";

/** Where it lies. `first` is before `start` when there is metadata. */
export interface PacketPlace {
  readonly first: number;
  readonly start: number;
  readonly end: number;
  readonly isWritable: boolean;
}

const rowAt = (objectTableAt + objectIndexes.packet * objectRowBytes) >> 2;

/** The packet as it is; the object is what counts, and the context only says where its metadata ends. */
export function packetOf(machine: Machine, { start: startOffset }: PacketContext): PacketPlace {
  const { i32, view } = machine;
  const first = i32[rowAt + (row.first >> 2)]! >>> 0;
  const end = first + i32[rowAt + (row.length >> 2)]!;
  const said = view.getUint32(contextAt + startOffset, true);
  const start = said >= first && said <= end ? said : first;
  return { first, start, end, isWritable: i32[rowAt + (row.writable >> 2)]! > 0 };
}

/** Makes the bytes from `start` to `end` the packet, and those from `first` on its metadata. */
export function movePacket(
  machine: Machine,
  context: PacketContext,
  { first, start, end, isWritable }: PacketPlace,
): void {
  const { view, objects } = machine;
  objects.place(objectIndexes.packet, first, end - first, isWritable ? end - first : 0);
  view.setUint32(contextAt + context.start, start, true);
  view.setUint32(contextAt + context.end, end, true);
  if (context.metadata !== undefined) view.setUint32(contextAt + context.metadata, first, true);
  if (context.length !== undefined) view.setUint32(contextAt + context.length, end - start, true);
}

/** The bytes that there may be in all. */
export const packetArea = { first: packetAreaAt, end: packetAreaAt + packetAreaBytes } as const;

/** `sizeBytes` at `offset` of the packet; -1 when they are not all there. */
export function inPacket({ start, end }: PacketPlace, offset: number, sizeBytes: number): number {
  return offset < 0 || offset > 0x7fff_ffff || start + offset + sizeBytes > end ? -1 : start + offset;
}
