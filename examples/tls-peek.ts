// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * What a process says over TLS, in plain text: read from OpenSSL's functions, before they encrypt and after they decrypt.
 * For one's own processes: a program that may do this reads every password that passes.
 *
 *     tarsier run --pid $(pgrep -n node) examples/tls-peek.ts
 */

import type { RunContext } from "tarsier";
import {
  bytes,
  currentProcess,
  hash,
  type i32,
  min,
  ringBuffer,
  struct,
  u32,
  u64,
  uprobe,
  uretprobe,
} from "tarsier/program";
import { inScope } from "./scope.ts";

export const Direction = { sent: 1, received: 2 } as const;

const shownBytes = 256;
export const Plaintext = struct({ process: u32, direction: u32, length: u32, text: bytes(shownBytes) });
export const plaintexts = ringBuffer({ sizeBytes: 1024 * 1024 });

/** Where the call that a thread is in has its buffer. */
const buffers = hash({ key: u64, value: u64, maxEntries: 1024 });

function begin(buffer: u64): void {
  // The links are attached for one process only; this is a second lock on the door.
  if (inScope()) buffers.set(currentProcess(), buffer);
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
  record.process = u32(thread >> 32n);
  record.direction = direction;
  record.length = u32(length);
  record.text.readUser(0, min(u32(length), shownBytes), address);
  plaintexts.output(record);
}

export const writeBegins = uprobe((_ssl: u64, buffer: u64) => begin(buffer));
export const writeEnds = uretprobe((length: i32) => end(Direction.sent, length));
export const readBegins = uprobe((_ssl: u64, buffer: u64) => begin(buffer));
export const readEnds = uretprobe((length: i32) => end(Direction.received, length));

export default function ({ programs, maps, scope, print }: RunContext<typeof import("./tls-peek.ts")>): void {
  // Node has OpenSSL in itself; for others it is in libssl.so.3.
  const at = { binary: process.env.LIBSSL ?? `/proc/${scope.pid}/exe`, ...(scope.pid && { pid: scope.pid }) };
  for (const program of [programs.writeBegins, programs.writeEnds]) program.attach({ ...at, symbol: "SSL_write" });
  for (const program of [programs.readBegins, programs.readEnds]) program.attach({ ...at, symbol: "SSL_read" });
  maps.plaintexts.read(Plaintext, ({ direction, length, text }) => {
    const shown = JSON.stringify(Buffer.from(text.subarray(0, length)).toString("latin1"));
    print(`${direction === Direction.sent ? "→" : "←"} ${length} bytes: ${shown}`);
  });
}
