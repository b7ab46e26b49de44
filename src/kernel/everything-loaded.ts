/** Everything that BPF holds on this machine, anyone's: for overviews, and for tests that nothing is left behind. */

import { textOf } from "./c-string.ts";
import { BtfInfo } from "./info-attribute.ts";
import { addressOf, closeDescriptor } from "./libc.ts";
import { type LinkDescription, linkInfo } from "./link-info.ts";
import { type LoadedKind, loadedIds, openById } from "./loaded.ts";
import { type MapDescription, mapInfo } from "./map-info.ts";
import { infoOf } from "./object-info.ts";
import { type ProgramDescription, programInfo } from "./program-info.ts";

/** Types that are loaded: the kernel's own, a module's, or a program's. */
export interface BtfDescription {
  readonly id: number;
  /** `vmlinux`, a module's name, or nothing. */
  readonly name: string;
  readonly ofKernel: boolean;
  readonly sizeBytes: number;
}

/** Every program. Needs CAP_SYS_ADMIN; what goes away meanwhile is left out. */
export const loadedPrograms = (): Generator<ProgramDescription> => each("programs", programInfo);

/** Every map. */
export const loadedMaps = (): Generator<MapDescription> => each("maps", mapInfo);

/** Every link. */
export const loadedLinks = (): Generator<LinkDescription> => each("links", linkInfo);

/** All types. */
export const loadedBtfs = (): Generator<BtfDescription> => each("btfs", describeBtf);

function* each<Description>(kind: LoadedKind, describe: (fd: number) => Description): Generator<Description> {
  for (const id of loadedIds(kind)) {
    const fd = openById(kind, id);
    if (fd === undefined) continue;
    try {
      yield describe(fd);
    } finally {
      closeDescriptor(fd);
    }
  }
}

function describeBtf(fd: number): BtfDescription {
  const name = new Uint8Array(64);
  const given = { name: addressOf(name), nameLength: name.byteLength };
  const { id, btfSize, kernelBtf } = infoOf(fd, BtfInfo, "describe types", given, name);
  return { id, name: textOf(name), ofKernel: kernelBtf !== 0, sizeBytes: btfSize };
}
