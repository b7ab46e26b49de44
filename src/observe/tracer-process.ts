/**
 * The tracer's process: starts the command, traces it, and sends what the exchange core reports to Tarsier, which started it
 * with a `TracerTask` as its parameter. It never goes back to the event loop: whoever traces does nothing else.
 */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  createTracer,
  doNothing,
  doNotWait,
  errno,
  readDescriptor,
  readMemory,
  setSignalHandler,
  signal,
  signalHandler,
  startTimer,
  type Tracer,
  widenPipe,
} from "../tracer/index.ts";
import { describedEvents } from "./described-events.ts";
import { createRecordSender } from "./record-sender.ts";
import { FrameKind, framesFd, jsonFrame, type Order, ordersFd, type TracerTask } from "./tracer-frames.ts";

const tickUs = 20_000;
const pipeBytes = 1 << 20;
/** Signals of the terminal reach this process too; they are the command's. */
const commandSignals = [1, 2, 3, 15, 20, 21, 22];
const noReader = 13;

const sender = createRecordSender(framesFd);

function leave(exitCode: number): never {
  sender.finish();
  process.exit(exitCode);
}

function fail(kind: "permission" | "kernel" | "bug", code: string, message: string): never {
  sender.push(jsonFrame(FrameKind.failed, { kind, code, message }));
  leave(1);
}

/** Orders as they come; `undefined` when Tarsier is gone. */
function orderReader(): () => Order[] | undefined {
  const bytes = new Uint8Array(1 << 16);
  let text = "";
  return () => {
    for (;;) {
      const count = readDescriptor(ordersFd, bytes);
      if (count === 0) return undefined;
      if (count < 0) break;
      text += Buffer.from(bytes.buffer, 0, count).toString("latin1");
    }
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    return lines.map((line) => JSON.parse(line) as Order);
  };
}

function refusal(error: number): never {
  if (error !== -errno.notPermitted) fail("kernel", "TRACE_FAILED", `cannot trace the command: errno ${-error}`);
  fail(
    "permission",
    "TRACE_REFUSED",
    "ptrace is not permitted here: set kernel.yama.ptrace_scope below 3, give the container --cap-add SYS_PTRACE, or use --engine kernel as root",
  );
}

function main(task: TracerTask): void {
  setSignalHandler(signal.alarm, doNothing());
  for (const number of commandSignals) setSignalHandler(number, signalHandler.ignore);
  setSignalHandler(noReader, signalHandler.ignore);
  doNotWait(framesFd);
  doNotWait(ordersFd);
  widenPipe(framesFd, pipeBytes);
  const events = describedEvents(readMemory, task.isRecorded);
  const orders = orderReader();
  startTimer(tickUs);
  sender.push(jsonFrame(FrameKind.ready, {}));

  const pause = new Int32Array(new SharedArrayBuffer(4));
  let waiting = true;
  while (waiting) {
    Atomics.wait(pause, 0, 0, 1);
    const received = orders();
    if (received === undefined || received.some(({ order }) => order === "stop")) process.exit(0);
    waiting = !received.some(({ order }) => order === "start");
  }

  const launcher = fileURLToPath(new URL("../tracer/launch.js", import.meta.url));
  const parameters = [launcher, task.openFileLimit, task.executable, ...task.command];
  const child = spawn(process.execPath, parameters, { stdio: "inherit", env: process.env });
  if (child.pid === undefined) fail("kernel", "COMMAND_NOT_STARTED", "the system makes no process; see `ulimit -u`");

  let tracer: Tracer | undefined;
  let mainEnded = false;
  let stopped = false;
  const obey = (order: Order) => {
    switch (order.order) {
      case "stop":
        stopped = true;
        return;
      case "signal":
        return tracer?.signal(order.signal);
      case "stride":
        return events.setStride(order.stride);
      case "forget":
        return events.deleteDirective(BigInt(order.cookie));
      case "direct":
        return events.setDirective(BigInt(order.cookie), {
          opaque: order.opaque,
          padding: 0,
          requestOffset: BigInt(order.requestOffset),
          responseOffset: BigInt(order.responseOffset),
        });
    }
  };
  tracer = createTracer({
    pid: child.pid,
    sink: events,
    tick() {
      sender.send(events.drain);
      const exitCode = tracer?.exitCode();
      if (!mainEnded && exitCode !== undefined) {
        mainEnded = true;
        sender.push(jsonFrame(FrameKind.mainEnded, { exitCode }));
      }
      const received = orders();
      // Without Tarsier there is nothing to trace for; the command ends with its tracer.
      if (received === undefined) process.exit(1);
      received.forEach(obey);
      return !stopped;
    },
  });
  const seized = tracer.seize();
  if (seized < 0) {
    child.kill("SIGKILL");
    refusal(seized);
  }
  sender.push(jsonFrame(FrameKind.started, { pid: child.pid }));
  const before = process.cpuUsage();
  tracer.run();

  const nowNs = process.hrtime.bigint();
  for (const connection of [...tracer.connections()]) events.stillOpen(connection, nowNs);
  sender.finish();
  sender.send(events.drain);
  const { user, system } = process.cpuUsage(before);
  const { stops, stoppedNs } = tracer.figures;
  const figures = { counts: events.counts(), stops, stoppedNs, cpuNs: (user + system) * 1000 };
  sender.push(jsonFrame(FrameKind.over, { exitCode: tracer.exitCode() ?? 0, ...figures }));
  leave(0);
}

try {
  main(JSON.parse(process.argv[2] ?? "{}") as TracerTask);
} catch (error) {
  fail("bug", "TRACER_FAILED", `the tracer failed: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
}
