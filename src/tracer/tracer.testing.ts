/**
 * For tests: a process that traces the command in its parameters and prints one JSON line for each event to descriptor 3, as
 * whoever traces cannot do anything else. The last line has the exit code.
 */

import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Connection, direction, type EventSink, payload } from "./events.ts";
import { doNothing, readMemory, setSignalHandler, signalHandler, startTimer } from "./libc.ts";
import { signal } from "./ptrace.ts";
import { createTracer } from "./tracer.ts";

const eventsFd = 3;
const textBytes = 64;

const say = (event: object) =>
  void writeSync(
    eventsFd,
    `${JSON.stringify(event, (_, value) => (typeof value === "bigint" ? Number(value) : value))}\n`,
  );
const describe = ({ cookie, role, process, end, local, peer, sentBytes, receivedBytes }: Connection) => ({
  cookie,
  role,
  process,
  end,
  local: local.port,
  peer: peer.port,
  sentBytes,
  receivedBytes,
});

/** The first bytes of a transfer. */
function textOf(tid: number, kind: number, address: bigint, lengthBytes: number): string | null {
  let from = address;
  let length = Math.min(lengthBytes, textBytes);
  if (kind === payload.none) return null;
  if (kind === payload.vector) {
    const buffer = new Uint8Array(16);
    if (!readMemory(tid, address, buffer)) return null;
    const view = new DataView(buffer.buffer);
    from = view.getBigUint64(0, true);
    length = Math.min(length, Number(view.getBigUint64(8, true)));
  }
  const bytes = new Uint8Array(length);
  return readMemory(tid, from, bytes) ? Buffer.from(bytes).toString("latin1") : null;
}

const sink: EventSink = {
  opened: (connection, name) => say({ event: "opened", name, ...describe(connection) }),
  owned: (connection, name) => say({ event: "owned", name, ...describe(connection) }),
  transfer: (connection, { direction: way, lengthBytes, tid, payload: kind, address }) =>
    say({
      event: way === direction.sent ? "sent" : "received",
      cookie: connection.cookie,
      lengthBytes,
      text: textOf(tid, kind, address, lengthBytes),
    }),
  ended: (connection) => say({ event: "ended", ...describe(connection) }),
};

setSignalHandler(signal.alarm, doNothing());
for (const number of [1, 2, 15]) setSignalHandler(number, signalHandler.ignore);
const launcher = fileURLToPath(new URL("./launch.js", import.meta.url));
const [executable = "", ...parameters] = process.argv.slice(2);
const child = spawn(process.execPath, [launcher, "", executable, executable, ...parameters], {
  stdio: ["inherit", "inherit", "inherit"],
});
const tracer = createTracer({ pid: child.pid!, sink, tick: () => true });
const seized = tracer.seize();
if (seized < 0) {
  child.kill("SIGKILL");
  throw new Error(`cannot trace: ${seized}`);
}
say({ event: "started", pid: child.pid, tracer: process.pid });
startTimer(20_000);
tracer.run();
say({ event: "over", exitCode: tracer.exitCode(), stops: tracer.figures.stops });
process.exit(0);
