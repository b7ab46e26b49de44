/** Which engine observes: programs in the kernel, or a tracer of an ordinary user's. */

import { release } from "node:os";
import { basename } from "node:path";
import { TarsierError } from "../errors/error.ts";
import { type Agent, startAgent } from "../observe/agent.ts";
import type { RecordSink } from "../observe/reader.ts";
import type { Recorder } from "../observe/recording/recorder.ts";
import { findOwnPlace } from "../observe/self.ts";
import type { Subject } from "../observe/subject.ts";
import type { Summary } from "../observe/summary.ts";
import { accountFor } from "../observe/user.ts";
import { startUserEngine } from "../observe/user-engine.ts";
import { doAll } from "./do-all.ts";
import type { ObserveOptions } from "./observe-options.ts";
import { openSubject } from "./target.ts";
import { UsageError } from "./usage-error.ts";

/** A running observation of one engine's. */
export interface Engine {
  readonly subject: Pick<Subject, "command">;
  /** Rejects when the observation cannot go on. */
  readonly failed: Promise<never>;
  readonly scopeEnded: Promise<void>;
  /** Stops, and sums up. Call it once. */
  stop(): Promise<Summary> | Summary;
  close(): void;
}

type Notice = (text: string) => void;

/** Opens the engine that the options ask for, and says which one it is. The command waits for `start()`. */
export async function openEngine(
  options: ObserveOptions,
  sink: RecordSink,
  notice: Notice,
  recorder?: Recorder,
): Promise<Engine> {
  const { engine, target } = options;
  if (engine === "user") return openUserEngine(options, sink, notice, "", recorder);
  try {
    return openKernelEngine(options, sink, notice, recorder);
  } catch (error) {
    if (engine === "kernel" || target.kind !== "command" || !isNotPermitted(error)) throw error;
    return openUserEngine(options, sink, notice, `; not by the kernel: ${error.message}`, recorder);
  }
}

/** Whether another engine may do what this one could not. */
function isNotPermitted(error: unknown): error is TarsierError {
  return error instanceof TarsierError && (error.kind === "permission" || error.kind === "kernel");
}

function openKernelEngine(
  options: ObserveOptions,
  sink: RecordSink,
  notice: Notice,
  recorder: Recorder | undefined,
): Engine {
  let subject: Subject | undefined;
  let agent: Agent | undefined;
  const close = () => doAll([() => agent?.close(), () => subject?.command?.abandon(), () => subject?.release()]);
  try {
    const own = findOwnPlace();
    const opened = openSubject(options.target, options.user, own, notice);
    subject = opened;
    agent = startAgent({ scope: opened.scope, own, sink, cpuBudgetShare: options.cpuBudgetShare, recorder });
    const { failed, scopeEnded, stop } = agent;
    notice(banner(opened, agent));
    return { subject: opened, failed, scopeEnded, stop, close };
  } catch (error) {
    close();
    throw error;
  }
}

function banner({ name, scope }: Subject, { programCount, provider }: Agent): string {
  const where = scope.kind === "cgroup" && name !== `cgroup ${scope.label}` ? ` (cgroup ${scope.label})` : "";
  const kernel = release().split(".").slice(0, 2).join(".");
  const how = provider === "functions" ? " by function entry" : "";
  return `observing ${name}${where} · kernel ${kernel} · ${programCount} programs attached${how} in ${Math.round(performance.now())} ms`;
}

async function openUserEngine(
  { target, user, cpuBudgetShare }: ObserveOptions,
  sink: RecordSink,
  notice: Notice,
  reason: string,
  recorder: Recorder | undefined,
): Promise<Engine> {
  if (target.kind !== "command") {
    throw new UsageError(
      "ENGINE_TARGET",
      `--engine user traces a command that it starts: give one after \`--\`, or use --engine kernel for --${target.kind}`,
    );
  }
  const account = accountFor(user);
  const { command, failed, stop, close } = await startUserEngine({
    command: target.command,
    account,
    sink,
    cpuBudgetShare,
    notice,
    recorder,
  });
  notice(`observing ${basename(target.command[0] ?? "")} · user engine (ptrace)${reason}`);
  notice(
    "the command stops at each transfer and so is slower; it ends with Tarsier, gains no rights by set-uid programs, and has no io_uring",
  );
  return { subject: { command }, failed, scopeEnded: new Promise<void>(() => {}), stop, close };
}
