/** Everything that BPF holds on this machine, anyone's: for overviews, and for tests that nothing is left behind. */

import { type BtfDescription, btfInfo } from "./btf-info.ts";
import { closeDescriptor } from "./libc.ts";
import { type LinkDescription, linkInfo } from "./link-info.ts";
import { type LoadedKind, loadedIds, openById } from "./loaded.ts";
import { type MapDescription, mapInfo } from "./map-info.ts";
import { type ProgramDescription, programInfo } from "./program-info.ts";

/** Every program. Needs CAP_SYS_ADMIN; what goes away meanwhile is left out. */
export const loadedPrograms = (): Generator<ProgramDescription> => each("programs", programInfo);

/** Every map. */
export const loadedMaps = (): Generator<MapDescription> => each("maps", mapInfo);

/** Every link. */
export const loadedLinks = (): Generator<LinkDescription> => each("links", linkInfo);

/** All types. */
export const loadedBtfs = (): Generator<BtfDescription> => each("btfs", btfInfo);

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
