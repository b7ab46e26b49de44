/** Statically defined probes of programs (USDT): notes that `DTRACE_PROBE` of `sys/sdt.h` leaves in them. */

import { FieldReader } from "../format.ts";
import { type ElfFile, stringAt } from "../read.ts";
import { fileOffsetOf } from "./address.ts";
import { readNotes } from "./notes.ts";
import { type ProbeArgument, parseArguments } from "./probe-argument.ts";

/** One place where a probe is. A probe that was inlined is in several places, each with its own arguments. */
export interface UserProbe {
  readonly provider: string;
  readonly name: string;
  /** As linked: the address of the instruction. */
  readonly address: bigint;
  /** Where that instruction is in the file: what a uprobe is attached by. */
  readonly fileOffset: number | undefined;
  /** Where the counter is in the file that must not be zero for the probe to be reached; absent where there is none. */
  readonly semaphoreFileOffset: number | undefined;
  readonly arguments: readonly ProbeArgument[];
}

const noteSection = ".note.stapsdt";
const noteOwner = "stapsdt";
const noteType = 3;

/** All places of all probes of a program or library. */
export function userProbesOf(file: ElfFile): UserProbe[] {
  const base = file.section(".stapsdt.base")?.address;
  return readNotes(file, noteSection).flatMap(({ owner, type, description }) => {
    if (owner !== noteOwner || type !== noteType) return [];
    const addressBytes = file.is64 ? 8 : 4;
    if (description.length < 3 * addressBytes) return [];
    const fields = new FieldReader(description, file);
    const [linkedAddress, linkedBase, linkedSemaphore] = [fields.address(), fields.address(), fields.address()];
    // Tools that move sections after linking leave notes as they are: the base tells how far things moved.
    const moved = base === undefined || linkedBase === 0n ? 0n : base - linkedBase;
    const address = linkedAddress + moved;
    const text = description.subarray(3 * addressBytes);
    const provider = stringAt(text, 0);
    const name = stringAt(text, Buffer.byteLength(provider) + 1);
    const written = stringAt(text, Buffer.byteLength(provider) + Buffer.byteLength(name) + 2);
    return [
      {
        provider,
        name,
        address,
        fileOffset: fileOffsetOf(file, address),
        semaphoreFileOffset: linkedSemaphore === 0n ? undefined : fileOffsetOf(file, linkedSemaphore + moved),
        arguments: parseArguments(written),
      },
    ];
  });
}
