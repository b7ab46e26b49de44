/** What BPF holds on this machine, by id: for `doctor`-like views, and for tests that nothing is left behind. */

import { objectId } from "./attribute.ts";
import { attribute, bpfError, type Command, tryBpf } from "./bpf.ts";
import { errnoNumber } from "./errno.ts";

const walks = { programs: "programNextId", maps: "mapNextId", links: "linkNextId" } as const satisfies Record<
  string,
  Command
>;

/** Kinds of object that have ids. */
export type LoadedKind = keyof typeof walks;

/** The ids of everything of a kind that is loaded now, anyone's. Needs CAP_SYS_ADMIN; throws `PermissionError`. */
export function loadedIds(kind: LoadedKind): number[] {
  const ids: number[] = [];
  for (let id = 0; ; ) {
    const call = attribute(objectId, { id });
    const result = tryBpf(walks[kind], call);
    if (result === -errnoNumber("ENOENT")) return ids;
    if (result < 0) throw bpfError(-result, `list the loaded ${kind}`);
    id = objectId.decode(new DataView(call.buffer)).nextId;
    ids.push(id);
  }
}
