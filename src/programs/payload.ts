// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Where the bytes of a send or receive lie in the program's memory, and reading them. */

import {
  addressOf,
  bytes,
  enumExists,
  enumValue,
  exists,
  min,
  perCpuArray,
  readKernel,
  readUser,
  repeat,
  struct,
  u8,
  u16,
  u32,
  u64,
  type ValueOf,
} from "../program/index.ts";
import { pieceCapacity, Segment } from "./layouts.ts";
import type { iov_iter, msghdr } from "./vmlinux.ts";

/** `none`: nowhere that can be read (sendfile, splice). A vector's table of buffers is the kernel's or the user's. */
export const PayloadKind = { none: 0, buffer: 1, kernelVector: 2, userVector: 3 } as const;

/** `skipBytes` of the first buffer of a vector were used up before. */
export const Payload = struct({ kind: u32, bufferCount: u32, address: u64, skipBytes: u64 });
export type Payload = ValueOf<typeof Payload>;

/** What the head of a message says (head.ts). `lengthBytes` is 0 when its end was not found, `contentLengthAt` when it has no such field. */
export const Head = struct({
  lengthBytes: u32,
  status: u16,
  clean: u8,
  chunked: u8,
  contentLengthAt: u32,
  padding: u32,
  contentLength: u64,
});
export type Head = ValueOf<typeof Head>;

/**
 * A processor's place to work in. `segment` and `data` lie together: they are a record. `data` is twice
 * the size of what is read at once, so that the verifier can see that every read ends inside it.
 */
export const Scratch = struct({
  segment: Segment,
  data: bytes(2 * pieceCapacity),
  payload: Payload,
  head: Head,
  skipBytes: u64,
  readBytes: u32,
  wantedBytes: u32,
  available: u32,
  /** 1 while this processor waits for another one. */
  waiting: u32,
});
export type Scratch = ValueOf<typeof Scratch>;

/**
 * One for each program that takes transfers: where programs can be preempted, another one may run in between, but the
 * kernel never runs one and the same twice on a processor.
 */
export const scratches = perCpuArray({ value: Scratch, maxEntries: 3 });
export const ScratchOf = { receive: 0, send: 1, sendPage: 2 } as const;

/** Buffers of a vector that are looked at. */
const vectorLimit = 1024;

const Buffer = struct({ address: u64, lengthBytes: u64 });

/** Notes where a message's bytes are, as long as nothing of it has been moved. */
export function payloadOfMessage(payload: Payload, message: msghdr): void {
  const iterator: iov_iter = message.msg_iter;
  const type = u32(iterator.iter_type);
  payload.kind = PayloadKind.none;
  if (enumExists("iter_type", "ITER_UBUF") && type === enumValue("iter_type", "ITER_UBUF")) {
    payload.kind = PayloadKind.buffer;
    payload.address = addressOf(iterator.ubuf) + iterator.iov_offset;
  } else if (type === enumValue("iter_type", "ITER_IOVEC")) {
    payload.kind = PayloadKind.kernelVector;
    payload.address = exists(iterator, "__iov") ? addressOf(iterator.__iov) : addressOf(iterator.iov);
    payload.bufferCount = u32(iterator.nr_segs);
    payload.skipBytes = iterator.iov_offset;
  }
}

/** `struct user_msghdr`, as far as its table of buffers. */
const UserMessage = struct({ name: u64, nameLength: u64, buffers: u64, bufferCount: u64 });

/** Notes where the buffers of a `struct user_msghdr` are. */
export function payloadOfUserMessage(payload: Payload, address: u64): void {
  const message = UserMessage.zero();
  if (!readUser(message, address)) return;
  payload.kind = PayloadKind.userVector;
  payload.address = message.buffers;
  payload.bufferCount = u32(message.bufferCount);
}

/**
 * Reads up to `lengthBytes` (at most `pieceCapacity`) of the payload, from byte `from` on, to the front of
 * `scratch.data`. Returns how many were read: fewer when memory cannot be read.
 */
export function readPayload(scratch: Scratch, from: u64, lengthBytes: u32): u32 {
  const wanted = min(lengthBytes, pieceCapacity);
  scratch.readBytes = 0;
  if (scratch.payload.kind === PayloadKind.buffer) {
    if (scratch.data.readUser(0, wanted, scratch.payload.address + from)) scratch.readBytes = wanted;
  } else if (scratch.payload.kind !== PayloadKind.none) {
    readVector(scratch, from, wanted);
  }
  return scratch.readBytes;
}

/** Reads from one buffer after the other, up to `wanted` bytes. */
function readVector(scratch: Scratch, from: u64, wanted: u32): void {
  scratch.skipBytes = scratch.payload.skipBytes + from;
  scratch.wantedBytes = wanted;
  repeat(min(scratch.payload.bufferCount, vectorLimit), readBuffer, scratch);
}

function readBuffer(index: u32, scratch: Scratch): boolean {
  const payload = scratch.payload;
  const wanted = scratch.wantedBytes;
  const read = scratch.readBytes;
  if (read >= wanted) return false;
  const buffer = Buffer.zero();
  const entry = payload.address + u64(index) * 16n;
  const found = payload.kind === PayloadKind.kernelVector ? readKernel(buffer, entry) : readUser(buffer, entry);
  if (!found) return false;
  const skipBytes = scratch.skipBytes;
  if (skipBytes >= buffer.lengthBytes) {
    scratch.skipBytes = skipBytes - buffer.lengthBytes;
    return true;
  }
  const part = min(u32(min(buffer.lengthBytes - skipBytes, u64(wanted - read))), pieceCapacity);
  if (!scratch.data.readUser(read, part, buffer.address + skipBytes)) return false;
  scratch.readBytes = read + part;
  scratch.skipBytes = 0n;
  return true;
}
