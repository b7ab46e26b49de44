/** Memory by addresses that the program was told: of objects of the sandbox, of the observed program, of the described kernel. */

import type { Machine } from "../machine.ts";

/** Where an address leads: the program that is observed, the kernel, or either of them. */
export type AddressSpace = "user" | "kernel" | "any";

/** Fills `into`, a part of the linear memory; false when it cannot be read. */
export function readOutside(machine: Machine, space: AddressSpace, address: bigint, into: Uint8Array): boolean {
  if (space !== "user") {
    const low = Number(BigInt.asIntN(32, address));
    const high = Number(BigInt.asIntN(32, address >> 32n));
    const at = machine.locate(low, high, into.length);
    if (at >= 0) {
      into.set(machine.u8.subarray(at, at + into.length));
      return true;
    }
    if (machine.surroundings.readKernel(address, into)) return true;
  }
  return space !== "kernel" && machine.surroundings.readUser(address, into);
}

const chunkBytes = 64;

/** Text up to its zero byte, which is counted, cut off to `into`'s length with a zero at its end; -1 when it cannot be read. */
export function readTextOutside(machine: Machine, space: AddressSpace, address: bigint, into: Uint8Array): number {
  const last = into.length - 1;
  let done = 0;
  let step = chunkBytes;
  const chunk = new Uint8Array(chunkBytes);
  while (done < last) {
    const piece = chunk.subarray(0, Math.min(step, last - done));
    if (!readOutside(machine, space, address + BigInt(done), piece)) {
      if (step === 1) return -1;
      step = 1;
      continue;
    }
    const end = piece.indexOf(0);
    into.set(end < 0 ? piece : piece.subarray(0, end + 1), done);
    if (end >= 0) return done + end + 1;
    done += piece.length;
  }
  into[last] = 0;
  return last + 1;
}
