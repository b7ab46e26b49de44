/** Many moves at once: into the registers that a call or the φs of a block want. */

import type { Register } from "../isa/index.ts";

/** Moves `from` to `to`; anything but a register is a constant or an address and disturbs nothing. */
export interface Move<Source> {
  readonly to: Register;
  readonly from: Source;
  /** The register that `from` reads, if it reads one. */
  readonly reads?: Register | undefined;
}

/** One step of a sequence of moves. */
export type Step<Source> =
  | { readonly kind: "move"; readonly to: Register; readonly from: Source }
  | { readonly kind: "copy"; readonly to: Register; readonly from: Register };

/**
 * An order in which no register is overwritten before it is read. A cycle is broken through `free`; `undefined` if
 * there is a cycle and no free register.
 */
export function sequence<Source>(
  moves: readonly Move<Source>[],
  free: Register | undefined,
): Step<Source>[] | undefined {
  const steps: Step<Source>[] = [];
  const location = new Map<Register, Register>();
  let waiting = moves.filter(({ to, reads }) => to !== reads);
  while (waiting.length > 0) {
    for (const source of location.keys()) if (!waiting.some(({ reads }) => reads === source)) location.delete(source);
    const reading = new Map<Register, number>();
    for (const { reads } of waiting) {
      if (reads === undefined) continue;
      const at = location.get(reads) ?? reads;
      reading.set(at, (reading.get(at) ?? 0) + 1);
    }
    const ready = waiting.filter((move) => {
      const own = move.reads !== undefined && (location.get(move.reads) ?? move.reads) === move.to ? 1 : 0;
      return (reading.get(move.to) ?? 0) - own === 0;
    });
    const [next] = ready;
    if (next !== undefined) {
      const moved = next.reads === undefined ? undefined : location.get(next.reads);
      steps.push(
        moved === undefined
          ? { kind: "move", to: next.to, from: next.from }
          : { kind: "copy", to: next.to, from: moved },
      );
      waiting = waiting.filter((move) => move !== next);
      continue;
    }
    const blocked = waiting[0]!.to;
    if (free === undefined || location.size > 0) return undefined;
    steps.push({ kind: "copy", to: free, from: blocked });
    location.set(blocked, free);
  }
  return steps;
}
