/**
 * The ordinary-user engine: a tracer's process starts the command and feeds the exchange core in the sandbox; what that
 * reports is read here as if it came from the kernel.
 */

import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { BugError, InputError, KernelError, PermissionError, type TarsierError } from "../errors/error.ts";
import { type ExitCode, findExecutable, searchPath, userSwitch, type WaitingCommand } from "./command.ts";
import { originalOpenFileLimit } from "./limits.ts";
import type { Directives } from "./raw-connections.ts";
import { createReader, type RecordSink } from "./reader.ts";
import type { Recorder } from "./recording/recorder.ts";
import { keepBudget, ownCpuTime } from "./sampling.ts";
import type { Scope } from "./scope.ts";
import { type Summary, sumUp } from "./summary.ts";
import {
  type Failed,
  FrameKind,
  frameReader,
  framesFd,
  type MainEnded,
  type Order,
  type Over,
  ordersFd,
  readRecords,
  type Started,
  type TracerTask,
} from "./tracer-frames.ts";
import { type Account, environmentOf } from "./user.ts";

/** What to trace, and where its records go. */
export interface UserEngineOptions {
  readonly command: readonly string[];
  readonly account: Account | undefined;
  readonly sink: RecordSink;
  /** Share of one CPU that reading records may use. */
  readonly cpuBudgetShare: number;
  /** Hears what the user should know. */
  readonly notice: (text: string) => void;
  /** Keeps what is observed. */
  readonly recorder?: Recorder | undefined;
}

/** A running observation of a command by its tracer. */
export interface UserEngine {
  readonly scope: Scope;
  /** It begins at `start()`, and has ended when all its processes have: those that are left would die with the tracer. */
  readonly command: WaitingCommand;
  /** Rejects when the observation cannot go on. */
  readonly failed: Promise<never>;
  /** Stops, which ends what is left of the command, and sums up. Call it once. */
  stop(): Promise<Summary>;
  /** Ends tracer and command at once. A second time it does nothing. */
  close(): void;
}

const directiveCapacity = 4096;

/** Starts the tracer's process, which waits. Rejects with a `TarsierError` when that cannot be. */
export async function startUserEngine(options: UserEngineOptions): Promise<UserEngine> {
  const { sink, notice } = options;
  const tracer = spawnTracer(options);
  const orders = tracer.stdio[ordersFd] as Writable;
  orders.on("error", () => {});
  const tell = (order: Order) => void orders.write(`${JSON.stringify(order)}\n`);

  const scope: Scope = { kind: "processes", globalIds: [], label: "" };
  const reader = createReader(scope, sink, directivesOver(tell), { recorder: options.recorder });
  const cpuNs = ownCpuTime();
  const ready = deferred<void>();
  const over = deferred<Over>();
  const failed = deferred<never>();
  const read = (view: DataView, offset: number) => reader.read(view, offset);
  let pid = 0;
  let isOver = false;
  const fail = (error: unknown) => {
    if (isOver) return;
    failed.reject(error);
    ready.reject(error);
    over.reject(error);
  };

  const onFrame = (kind: number, bytes: Uint8Array) => {
    if (kind === FrameKind.records) return readRecords(bytes, read);
    const message: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    switch (kind) {
      case FrameKind.ready:
        return ready.resolve();
      case FrameKind.started:
        pid = (message as Started).pid;
        return;
      case FrameKind.mainEnded:
        return mainEnded(message as MainEnded);
      case FrameKind.over:
        isOver = true;
        return over.resolve(message as Over);
      case FrameKind.failed:
        return fail(errorOf(message as Failed));
    }
  };
  const mainEnded = ({ exitCode }: MainEnded) => {
    notice(`the command has ended with ${exitCode}, but not all of its processes: waiting for them, Ctrl-C ends them`);
  };
  const takeFrames = frameReader(onFrame);
  const frames = tracer.stdio[framesFd] as Readable;
  frames.on("data", (chunk: Buffer) => {
    try {
      takeFrames(chunk);
      sink.flush();
    } catch (error) {
      fail(error);
    }
  });
  frames.on("error", fail);
  tracer.on("error", fail);
  tracer.on("close", (code, signal) => {
    fail(new BugError("TRACER_ENDED", `the tracer's process ended too early (${signal ?? `exit code ${code}`})`));
  });

  const close = () => {
    budget.stop();
    isOver = true;
    tracer.kill("SIGKILL");
  };
  const stride = { setUint32: (_offset: number, value: number) => tell({ order: "stride", stride: value }) };
  const budget = keepBudget(stride, options.cpuBudgetShare, cpuNs);
  try {
    await ready.promise;
  } catch (error) {
    close();
    throw error;
  }
  let begunNs = process.hrtime.bigint();
  const ended = over.promise.then(({ exitCode }): ExitCode => exitCode);
  ended.catch(() => {});
  return {
    scope,
    command: {
      pid,
      start() {
        begunNs = process.hrtime.bigint();
        tell({ order: "start" });
      },
      signal: (signal) => tell({ order: "signal", signal }),
      abandon: close,
      ended,
    },
    failed: failed.promise,
    async stop() {
      try {
        tell({ order: "stop" });
        const { counts, stoppedNs, cpuNs: tracerCpuNs } = await over.promise;
        reader.end();
        sink.flush();
        return sumUp(counts, {
          counted: reader.counted,
          lost: reader.lost(),
          durationNs: Number(process.hrtime.bigint() - begunNs),
          agentCpuNs: cpuNs() + tracerCpuNs,
          probeCpuNsEstimate: Math.round(stoppedNs),
        });
      } finally {
        close();
      }
    },
    close,
  };
}

function spawnTracer({ command, account, recorder }: UserEngineOptions) {
  const [name, ...parameters] = command;
  if (name === undefined)
    throw new InputError("COMMAND_MISSING", "there is no command to observe: give one after `--`");
  const path = searchPath(process.env["PATH"]);
  const found = findExecutable(name, path);
  if (found === undefined) {
    throw new InputError("COMMAND_NOT_FOUND", `command not found: ${name}; check its name and PATH`);
  }
  const switched = account === undefined ? [] : userSwitch(account);
  const [executable = found] = switched;
  const task: TracerTask = {
    executable,
    command: switched.length === 0 ? [name, ...parameters] : [...switched, found, ...parameters],
    openFileLimit: String(originalOpenFileLimit() ?? ""),
    isRecorded: recorder !== undefined,
  };
  const main = fileURLToPath(new URL("./tracer-process.js", import.meta.url));
  const tracer = spawn(process.execPath, [main, JSON.stringify(task)], {
    stdio: ["inherit", "inherit", "inherit", "pipe", "pipe"],
    env: { ...process.env, PATH: path, ...(account && environmentOf(account)) },
  });
  if (tracer.pid === undefined) {
    throw new KernelError(
      "TRACER_NOT_STARTED",
      "cannot start the tracer: the system makes no process; see `ulimit -u`",
    );
  }
  return tracer;
}

/** What is told of raw connections goes to the tracer's process; it never answers, so room is counted here. */
function directivesOver(tell: (order: Order) => void): Directives {
  const known = new Set<bigint>();
  return {
    get: () => undefined,
    set(cookie, { opaque, requestOffset, responseOffset }) {
      if (known.size >= directiveCapacity && !known.has(cookie)) {
        throw new KernelError("MAP_FULL", "there is no room for more directives");
      }
      known.add(cookie);
      tell({
        order: "direct",
        cookie: String(cookie),
        opaque,
        requestOffset: String(requestOffset),
        responseOffset: String(responseOffset),
      });
      return true;
    },
    delete(cookie) {
      if (!known.delete(cookie)) return false;
      tell({ order: "forget", cookie: String(cookie) });
      return true;
    },
  };
}

function errorOf({ kind, code, message }: Failed): TarsierError {
  if (kind === "permission") return new PermissionError(code, message);
  return kind === "kernel" ? new KernelError(code, message) : new BugError(code, message);
}

function deferred<Value>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
