/** A run, from the moment everything is attached until it ends: the command, the user half, and what ends both. */

import { setImmediate } from "node:timers/promises";
import type { AnyCollection, LiveCollection, RunContext, RunScope } from "../collection/index.ts";
import { processIdentity } from "../identity/process.ts";
import type { Subject } from "../observe/subject.ts";
import { waitForEnd } from "./ending.ts";
import type { OutputTarget } from "./output-target.ts";
import type { RunOptions } from "./run-options.ts";
import { logOf, ringsOf, showContents, showLog, showRecords } from "./show-collection.ts";
import type { Signals } from "./signals.ts";
import { asProgramError, type UserHalf } from "./user-half.ts";

export interface Run {
  readonly options: RunOptions;
  readonly subject: Subject | undefined;
  readonly collection: AnyCollection;
  readonly userHalf: UserHalf | undefined;
  readonly signals: Signals;
  readonly output: OutputTarget;
}

/** How long a user half may take to come to its end, once it was told. */
const graceMs = 5000;
const lookMs = 50;
const never = new Promise<void>(() => {});

/** Runs until the end; the result is the exit code. */
export async function runUntilEnd(run: Run): Promise<number> {
  const { options, subject, collection, userHalf, signals, output } = run;
  const aborter = new AbortController();
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const show = { json: options.json, write: output.write };
  const readings = [...showLog(collection, show), ...(userHalf === undefined ? showRecords(collection, show) : [])];
  const user = userHalf && begin(userHalf, contextOf(run, aborter.signal, stop));
  user?.catch(() => {});
  const failed = Promise.race([
    ...readings.map((reading) => reading.failed),
    ...(user === undefined ? [] : [rejectionOf(user)]),
  ]);
  failed.catch(() => {});
  await setImmediate();
  if (!signals.any()) subject?.command?.start();

  const looking = new AbortController();
  const ended = Promise.race([never, ...endsByItself(run, user, looking.signal)]);
  try {
    const ending = await waitForEnd({ command: subject?.command }, options.durationMs, signals, {
      outputClosed: Promise.race([output.closed, failed]),
      scopeEnded: ended,
      stopped,
    }).catch((error) => {
      throw asProgramError(options.path, error);
    });
    for (const [, ring] of ringsOf(collection)) ring.flush();
    logOf(collection)?.flush();
    aborter.abort();
    if (user !== undefined) {
      await withGrace(user, signals).catch((error) => {
        throw asProgramError(options.path, error);
      });
    } else if (ending.kind !== "outputClosed") showContents(collection, show);
    return ending.exitCode;
  } finally {
    looking.abort();
    aborter.abort();
  }
}

async function begin(userHalf: UserHalf, context: RunContext): Promise<void> {
  await userHalf(context);
}

const rejectionOf = (promise: Promise<unknown>): Promise<never> =>
  new Promise((_, reject) => {
    promise.catch(reject);
  });

function contextOf({ options, subject, collection, output }: Run, signal: AbortSignal, stop: () => void): RunContext {
  const { command } = subject ?? {};
  const typed = collection as unknown as LiveCollection;
  const { programs, maps, globals } = typed;
  return {
    collection: typed,
    programs,
    maps,
    globals,
    scope: scopeOf(options, subject),
    command: command && { pid: command.pid, ended: command.ended },
    signal,
    json: options.json,
    print: (line) => output.write(`${line}\n`),
    stop,
  };
}

function scopeOf({ target }: RunOptions, subject: Subject | undefined): RunScope {
  const scope = subject?.scope;
  const pid = target?.kind === "pid" ? target.pid : subject?.command?.pid;
  return {
    ...(scope?.kind === "cgroup" && scope.path !== undefined && { cgroup: { path: scope.path, id: scope.id } }),
    ...(pid !== undefined && { pid }),
  };
}

/** What ends a run without a command: the watched process ends, or a user half is done and nothing is read any more. */
function endsByItself(
  { options, collection }: Run,
  user: Promise<void> | undefined,
  signal: AbortSignal,
): Promise<void>[] {
  const ends: Promise<void>[] = [];
  const { target } = options;
  if (target?.kind === "pid") {
    const startTicks = processIdentity(target.pid)?.startTicks;
    ends.push(until(() => processIdentity(target.pid)?.startTicks !== startTicks, signal));
  }
  if (user !== undefined) {
    const isQuiet = () => ringsOf(collection).every(([, ring]) => !ring.isRead);
    ends.push(
      user.then(
        () => until(isQuiet, signal),
        () => new Promise<void>(() => {}),
      ),
    );
  }
  return ends;
}

/** Settles when `isSo`, which is looked at now and then, or when nobody waits any more. */
function until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (isSo()) return resolve();
    const timer = setInterval(() => {
      if (isSo() || signal.aborted) end();
    }, lookMs);
    const end = () => {
      clearInterval(timer);
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
  });
}

async function withGrace(user: Promise<void>, signals: Signals): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs);
  });
  await Promise.race([user, over, signals.second]).finally(() => clearTimeout(timer));
}
