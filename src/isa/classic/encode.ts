/** Classic instructions ↔ bytes: `struct sock_filter` of little-endian machines, 8 bytes each. */

import { InputError } from "../../errors/error.ts";
import type { ClassicInstruction } from "./instruction.ts";

/** Bytes of one instruction. */
export const classicBytes = 8;

export function encodeClassic(program: readonly ClassicInstruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * classicBytes);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, jumpTrue, jumpFalse, k }, index) => {
    const at = index * classicBytes;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jumpTrue);
    view.setUint8(at + 3, jumpFalse);
    view.setUint32(at + 4, k, true);
  });
  return bytes;
}

/** Any bytes of the right length pass: `validateClassic` says whether they are a program. */
export function decodeClassic(bytes: Uint8Array): ClassicInstruction[] {
  if (bytes.length % classicBytes !== 0) {
    throw new InputError("CLASSIC_BAD_LENGTH", `classic code is a multiple of 8 bytes long, this is ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / classicBytes }, (_, index) => {
    const at = index * classicBytes;
    const [jumpTrue, jumpFalse] = [view.getUint8(at + 2), view.getUint8(at + 3)];
    return { code: view.getUint16(at, true), jumpTrue, jumpFalse, k: view.getUint32(at + 4, true) };
  });
}
