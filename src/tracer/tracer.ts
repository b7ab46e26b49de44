/**
 * The tracer: follows every thread of a command through ptrace(2) and stops only where its filter says. It waits without
 * returning to the event loop: ptrace belongs to one thread, and whoever traces does nothing else.
 */

import type { Connection, EventSink } from "./events.ts";
import { followCalls } from "./follow-calls.ts";
import { addressOf, ptrace, setSignalHandler, signalHandler, waitForAny, waitStatus } from "./libc.ts";
import { trackProcesses } from "./processes.ts";
import { errno, request, signal, stopEvent, stoppingSignals, syscallStop, traceOption, waitOption } from "./ptrace.ts";
import { openTraced } from "./traced-files.ts";

/** What a tracer counts of its own work. */
export interface TracerFigures {
  /** Stops of traced threads. */
  stops: number;
  /** Time from a stop's notice to its end, in nanoseconds, estimated: the command's threads wait meanwhile. */
  stoppedNs: number;
}

export interface TracerOptions {
  /** The process to begin with. It is stopped at nothing before. */
  readonly pid: number;
  readonly sink: EventSink;
  /** Called now and then, at the latest when a wait was interrupted; false ends the tracing. */
  readonly tick: () => boolean;
}

export interface Tracer {
  readonly figures: TracerFigures;
  /** Begins to trace: 0, or the negated errno. */
  seize(): number;
  /** Follows all threads until none is left, or `tick` says so. */
  run(): void;
  /** How the first process ended, if it has: its exit code, or 128 and the number of a signal. */
  exitCode(): number | undefined;
  /** Sends a signal to the first process, or to those that it left behind. */
  signal(name: NodeJS.Signals): void;
  /** Connections that are open. */
  connections(): Iterable<Connection>;
}

const options =
  traceOption.markSyscalls |
  traceOption.fork |
  traceOption.vfork |
  traceOption.clone |
  traceOption.exec |
  traceOption.seccomp |
  traceOption.killOnExit;

/** Stops after which the clock is looked at, when no wait was interrupted meanwhile. */
const stopsPerTick = 256;

/** One stop in so many is timed. */
const stopsPerSample = 16;
const patienceTicks = 5;

export function createTracer({ pid, sink, tick }: TracerOptions): Tracer {
  const files = openTraced(sink);
  const processes = trackProcesses(files.descriptors);
  const calls = followCalls(files, sink);
  const figures = { stops: 0, stoppedNs: 0 };
  /** Threads that have stopped for the first time before their maker told of them, and for how many ticks. */
  const early = new Map<number, number>();
  let exitCode: number | undefined;

  const resume = (tid: number, how: number, deliver = 0) => void ptrace(how, tid, 0, deliver);

  const message = new BigUint64Array(1);
  const messageAddress = addressOf(message);
  const eventMessage = (tid: number): number => {
    message[0] = 0n;
    ptrace(request.eventMessage, tid, 0, messageAddress);
    return Number(message[0]);
  };

  const born = (tid: number) => {
    const parent = processes.threads.get(tid);
    const child = eventMessage(tid);
    if (child > 0 && parent !== undefined && !processes.threads.has(child)) {
      processes.born(child, parent);
      if (early.delete(child)) resume(child, request.continue);
    }
    resume(tid, request.continue);
  };

  /** Whose maker was killed before it could tell is not left waiting. */
  const adoptOrphans = () => {
    for (const [tid, ticks] of early) {
      early.set(tid, ticks + 1);
      if (ticks < patienceTicks) continue;
      early.delete(tid);
      processes.adopt(tid);
      resume(tid, request.continue);
    }
  };

  const onEvent = (tid: number, event: number, number: number) => {
    switch (event) {
      case stopEvent.fork:
      case stopEvent.vfork:
      case stopEvent.clone:
        return born(tid);
      case stopEvent.exec:
        files.executed(processes.executed(tid, eventMessage(tid)));
        return resume(tid, request.continue);
      case stopEvent.stop:
        if (!processes.threads.has(tid)) early.set(tid, 0);
        else resume(tid, stoppingSignals.has(number) ? request.listen : request.continue);
        return;
      default:
        return resume(tid, request.continue);
    }
  };

  const onStop = (tid: number, status: number) => {
    const number = (status >> 8) & 0xff;
    const event = status >> 16;
    if (event === stopEvent.seccomp) {
      const thread = processes.threads.get(tid) ?? processes.adopt(tid);
      resume(tid, calls.enter(thread) ? request.syscall : request.continue);
    } else if (number === syscallStop) {
      const thread = processes.threads.get(tid);
      if (thread !== undefined) calls.leave(thread);
      resume(tid, request.continue);
    } else if (event !== 0) {
      onEvent(tid, event, number);
    } else {
      resume(tid, request.continue, number);
    }
  };

  const onStatus = (tid: number, status: number) => {
    if ((status & 0xff) === 0x7f) return onStop(tid, status);
    const ended = status & 0x7f;
    if (tid === pid) exitCode = ended === 0 ? (status >> 8) & 0xff : 128 + ended;
    early.delete(tid);
    processes.ended(tid);
  };

  return {
    figures,
    seize() {
      processes.adopt(pid);
      return ptrace(request.seize, pid, 0, options);
    },
    run() {
      // Each stop would be told twice: by a signal, which libuv has a handler for, and to whoever waits.
      setSignalHandler(signal.child, signalHandler.default);
      for (;;) {
        const tid = waitForAny(waitOption.allKinds | waitOption.ownThread);
        if (tid === -errno.noChild) return;
        if (tid === -errno.interrupted || ++figures.stops % stopsPerTick === 0) {
          adoptOrphans();
          if (!tick()) return;
        }
        if (tid <= 0) continue;
        if (figures.stops % stopsPerSample !== 0) {
          onStatus(tid, waitStatus());
          continue;
        }
        const begunNs = performance.now();
        onStatus(tid, waitStatus());
        figures.stoppedNs += (performance.now() - begunNs) * 1e6 * stopsPerSample;
      }
    },
    exitCode: () => exitCode,
    signal(name) {
      const pids = exitCode === undefined ? [pid] : processes.pids();
      for (const each of pids) {
        try {
          process.kill(each, name);
        } catch {
          // It has ended meanwhile.
        }
      }
    },
    connections: files.connections,
  };
}
