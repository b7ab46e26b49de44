/** What ends an observation, and what is then done about the command. */

import { isInForeground } from "../identity/process.ts";
import type { Subject } from "../observe/subject.ts";
import type { Signals } from "./signals.ts";

/** How it ended, and with which exit code. */
export interface Ending {
  readonly kind: "commandEnded" | "processesEnded" | "interrupted" | "timeOver" | "outputClosed";
  readonly exitCode: number;
}

/** What else ends an observation. */
export interface Ends {
  readonly outputClosed: Promise<void>;
  readonly scopeEnded: Promise<void>;
  /** As if the time were over. */
  readonly stopped?: Promise<void>;
}

const never = new Promise<void>(() => {});

/** How long a command may take to end after a signal before it is left to itself. */
const graceMs = 5000;
const brokenPipeExitCode = 141;

/**
 * Waits until the command, or every watched process, ends, a signal comes, the time is over or the output is closed. A signal goes on to the
 * command, which gets a grace period; whoever survives that goes on unobserved.
 */
export async function waitForEnd(
  { command }: Pick<Subject, "command">,
  durationMs: number | undefined,
  signals: Signals,
  { outputClosed, scopeEnded, stopped = never }: Ends,
): Promise<Ending> {
  const commandEnded = command?.ended.then((exitCode): Ending => ({ kind: "commandEnded", exitCode }));
  const timer = startTimer(durationMs);
  try {
    const first = await Promise.race([
      commandEnded ?? scopeEnded.then((): Ending => ({ kind: "processesEnded", exitCode: 0 })),
      signals.first.then((signal) => ({ kind: "interrupted" as const, signal })),
      Promise.race([timer.over, stopped]).then(() => ({ kind: "timeOver" as const, signal: "SIGTERM" as const })),
      outputClosed.then((): Ending => ({ kind: "outputClosed", exitCode: brokenPipeExitCode })),
    ]);
    if ("exitCode" in first) return first;
    if (command === undefined) return { kind: first.kind, exitCode: 0 };
    // From a terminal, Ctrl-C has reached the command already: it is in the same foreground group.
    if (first.signal !== "SIGINT" || !isInForeground()) command.signal(first.signal);
    const grace = startTimer(graceMs);
    const end = await Promise.race([commandEnded!, signals.second, grace.over]);
    grace.cancel();
    const exitCode = first.kind === "timeOver" || end === undefined ? 0 : end.exitCode;
    return { kind: first.kind, exitCode };
  } finally {
    timer.cancel();
  }
}

/** A timer that can be called off; without a duration it is never over. */
function startTimer(durationMs: number | undefined) {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    if (durationMs !== undefined) timer = setTimeout(() => resolve(undefined), durationMs);
  });
  return { over, cancel: () => clearTimeout(timer) };
}
