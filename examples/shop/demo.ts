/**
 * `npm run demo`: observes the shop for 15 seconds under a small load on loopback, by the kernel or as an ordinary user. Where neither
 * is permitted, and on other systems than Linux, it plays a recording of that. `npm run demo -- --record` makes that recording.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const observeSeconds = 15;
const loadSeconds = 12;
const readyLimitMs = 10_000;

const root = new URL("../../../", import.meta.url);
const file = (path: string) => fileURLToPath(new URL(path, root));

const recording = "examples/shop/demo.tarsier.gz";
const isRecording = process.argv.includes("--record");

/** Plays the recording through the programs that observed it; the result is the exit code. */
async function play(): Promise<number> {
  console.error(`demo: nothing can be observed here, so this is a recording: tarsier replay ${recording}`);
  const player = spawn(process.execPath, [file("bin/tarsier.js"), "replay", file(recording)], { stdio: "inherit" });
  const [code] = await once(player, "exit");
  return code ?? 1;
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 8080;
}

/** Waits until something listens there, or `observer` has ended. */
async function isReady(port: number, observer: ChildProcess): Promise<boolean> {
  const limit = Date.now() + readyLimitMs;
  while (Date.now() < limit && observer.exitCode === null) {
    const socket = connect(port, "127.0.0.1");
    const connected = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (connected) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** Observes the shop while it is asked; false when that could not begin. */
async function observe(): Promise<boolean> {
  const port = await freePort();
  const recorded = join(tmpdir(), `tarsier-demo-${process.pid}`);
  const record = isRecording ? ["--record", recorded] : [];
  const command = ["observe", "--for", `${observeSeconds}s`, ...record, "--", process.execPath];
  const observer = spawn(process.execPath, [file("bin/tarsier.js"), ...command, file("examples/shop/server.js")], {
    stdio: "inherit",
    env: { ...process.env, PORT: String(port), STOCK_PORT: "0", PRICES_PORT: "0" },
  });
  const ended = once(observer, "exit");
  let isStopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      isStopped = true;
      observer.kill(signal);
    });
  }
  const begins = await isReady(port, observer);
  if (begins) {
    const parameters = ["--url", `http://127.0.0.1:${port}`, "--seconds", String(loadSeconds)];
    const load = spawn(process.execPath, [file("examples/shop/load.js"), ...parameters], { stdio: "ignore" });
    ended.then(() => load.kill());
  }
  const [code] = await ended;
  process.exitCode = code ?? 1;
  if (isRecording && existsSync(recorded)) {
    writeFileSync(file(recording), gzipSync(readFileSync(recorded), { level: 9 }));
    rmSync(recorded);
  }
  return begins || isStopped;
}

if (process.platform !== "linux" || !(await observe())) process.exitCode = await play();
