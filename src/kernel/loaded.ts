/** What BPF holds on this machine, by id: for `doctor`-like views, and for tests that nothing is left behind. */

import { objectId } from "./attribute.ts";
import { attribute, bpfError, type Command, tryBpf } from "./bpf.ts";
import { errnoNumber } from "./errno.ts";

const kinds = {
  programs: { next: "programNextId", open: "programById" },
  maps: { next: "mapNextId", open: "mapById" },
  links: { next: "linkNextId", open: "linkById" },
  btfs: { next: "btfNextId", open: "btfById" },
} as const satisfies Record<string, { readonly next: Command; readonly open: Command }>;

/** Kinds of object that have ids. */
export type LoadedKind = keyof typeof kinds;

/** The ids of everything of a kind that is loaded now, anyone's. Needs CAP_SYS_ADMIN; throws `PermissionError`. */
export function loadedIds(kind: LoadedKind): number[] {
  const ids: number[] = [];
  for (let id = 0; ; ) {
    const call = attribute(objectId, { id });
    const result = tryBpf(kinds[kind].next, call);
    if (result === -errnoNumber("ENOENT")) return ids;
    if (result < 0) throw bpfError(-result, `list the loaded ${kind}`);
    id = objectId.decode(new DataView(call.buffer)).nextId;
    ids.push(id);
  }
}

/** A descriptor of the object with that id, which the caller closes; `undefined` when there is none any more. */
export function openById(kind: LoadedKind, id: number): number | undefined {
  const fd = tryBpf(kinds[kind].open, attribute(objectId, { id }));
  // A link that is being made has its id already, but is not there yet: EAGAIN (`bpf_link_by_id`).
  if (fd === -errnoNumber("ENOENT") || fd === -errnoNumber("EAGAIN")) return undefined;
  if (fd < 0) throw bpfError(-fd, `open one of the loaded ${kind} (id ${id})`);
  return fd;
}
