// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * What a process says over TLS, in plain text: read from OpenSSL's functions, before they encrypt and after they decrypt.
 * For one's own processes: a program that may do this reads every password that passes.
 *
 *     tarsier run examples/tls-peek.ts --pid $(pgrep -n node)
 */

import {
  bytes,
  config,
  currentProcess,
  hash,
  type i32,
  min,
  ringBuffer,
  struct,
  u32,
  u64,
  uprobeMulti,
  uretprobeMulti,
} from "tarsier/program";

export const Direction = { sent: 1, received: 2 } as const;

const shownBytes = 256;
export const Plaintext = struct({ process: u32, direction: u32, length: u32, text: bytes(shownBytes) });
export const plaintexts = ringBuffer({ sizeBytes: 1024 * 1024 });

/** Besides the pid that the links are attached with: two locks on this door. */
export const processId = config(u32, 0);

/** Where the call that a thread is in has its buffer. */
const buffers = hash({ key: u64, value: u64, maxEntries: 1024 });

function begin(buffer: u64): void {
  if (u32(currentProcess() >> 32n) === processId) buffers.set(currentProcess(), buffer);
}

/** Both functions return how many bytes went through, or what is below one. */
function end(direction: u32, length: i32): void {
  const thread = currentProcess();
  const buffer = buffers.get(thread);
  if (buffer === null) return;
  const address = buffer.value;
  buffers.delete(thread);
  if (length <= 0) return;
  const record = Plaintext.zero();
  record.process = processId;
  record.direction = direction;
  record.length = u32(length);
  record.text.readUser(0, min(u32(length), shownBytes), address);
  plaintexts.output(record);
}

export const writeBegins = uprobeMulti((_ssl: u64, buffer: u64) => begin(buffer));
export const writeEnds = uretprobeMulti((length: i32) => end(Direction.sent, length));
export const readBegins = uprobeMulti((_ssl: u64, buffer: u64) => begin(buffer));
export const readEnds = uretprobeMulti((length: i32) => end(Direction.received, length));
