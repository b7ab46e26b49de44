/** Timers of a sandbox: their functions run when somebody looks, by the sandbox's clock. */

import { prepareDueTimer } from "./helpers/locks-and-timers.ts";
import type { Machine } from "./machine.ts";
import type { MapTimer } from "./maps/timers.ts";
import { type Executable, prepare, throwFault } from "./run.ts";

/** r1 to r3: the map, the key, the value. */
const argumentWords = { first: 2, end: 8 } as const;

/**
 * Calls the functions of the timers that are due now, each timer once however often its function starts it again. Throws `SandboxFault`
 * when one does what it may not.
 */
export function runTimers(machine: Machine, programs: readonly Executable[], limit: number): number {
  const nowNs = machine.surroundings.now();
  const done = new Set<MapTimer>();
  const outer = machine.running;
  let count = 0;
  try {
    for (;;) {
      const callback = prepareDueTimer(machine, nowNs, done);
      if (callback === undefined) return count;
      const program = programs[callback.program.index]!;
      const given = machine.registers.slice(argumentWords.first, argumentWords.end);
      prepare(machine, program, limit, 0);
      machine.registers.set(given, argumentWords.first);
      if (!program.call(callback.low)) throwFault(machine, program.linked);
      count++;
    }
  } finally {
    machine.running = outer;
  }
}
