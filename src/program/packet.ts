/** Bytes of a packet, and other bytes that a context gives access to. */

import type { Integer } from "../bytes/index.ts";
import type { BytesType, StructType, ValueOf } from "./types.ts";

/** A packet that can be read. Every access is checked against its end, right in front of it. */
export interface Packet {
  /** Bytes in the whole packet. */
  readonly length: number;
  /**
   * The bytes from `at` on as a struct, in place: `packet.view(Ipv4Header, 14)`. `null` where the packet ends earlier,
   * or where the bytes lie in a page of their own, behind the part that can be seen in place: `load` and `read` reach them.
   */
  view<View extends StructType | BytesType>(type: View, at: number): ValueOf<View> | null;
  /** The little-endian integer at `at`, or, of a type such as `u16be`, the big-endian one; zero past the end. */
  load<Value extends number | bigint>(type: Integer<Value>, at: number): Value;
  /** Copies bytes from `at` on into a struct or byte string of ours. False, with zeros there, past the end. */
  read(into: object, at: number): boolean;
}

/** A packet that may be changed: by the fields of a `view`, and by `write`. */
export interface WritablePacket extends Packet {
  /** Copies a struct or byte string of ours to `at`. False if it does not fit. Views are to be taken anew. */
  write(from: object, at: number): boolean;
}
