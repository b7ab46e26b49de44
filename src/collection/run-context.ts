/** What `tarsier run` calls a module's default export with. */

import type { LiveCollection } from "./live-types.ts";

/** Whom the run is about. */
export interface RunScope {
  /** A cgroup2 directory, and its id as programs see it: the command's own, or the given one. */
  readonly cgroup?: { readonly path: string; readonly id: bigint };
  /** The command's process, or the given one. */
  readonly pid?: number;
}

/** The command of a run. It begins after the first turn of the default export. */
export interface RunCommand {
  readonly pid: number;
  /** With its exit code. */
  readonly ended: Promise<number>;
}

/**
 * The parameter of a module's default export: `export default async ({ maps, print }: RunContext<typeof import("./flows.ts")>) => …`.
 *
 * The run lasts until the command ends, the time is over or somebody stops it; without any of them until the default
 * export is done and no ring buffer is read. Then `signal` is aborted, the default export may come to its end, and
 * everything is detached.
 */
export interface RunContext<Module = Record<string, never>>
  extends Pick<LiveCollection<Module>, "programs" | "maps" | "globals"> {
  readonly collection: LiveCollection<Module>;
  readonly scope: RunScope;
  readonly command: RunCommand | undefined;
  readonly signal: AbortSignal;
  /** Whether `--json` was given. */
  readonly json: boolean;
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Ends the run. */
  stop(): void;
}
