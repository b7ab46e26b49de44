/** `npm run demo`: observes the shop for 15 seconds under a small load on loopback. Needs what `tarsier observe` needs. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";

const observeSeconds = 15;
const loadSeconds = 12;
const readyLimitMs = 10_000;

const root = new URL("../../../", import.meta.url);
const file = (path: string) => fileURLToPath(new URL(path, root));

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

const port = await freePort();
const command = ["observe", "--for", `${observeSeconds}s`, "--", process.execPath, file("examples/shop/server.js")];
const observer = spawn(process.execPath, [file("bin/tarsier.js"), ...command], {
  stdio: "inherit",
  env: { ...process.env, PORT: String(port), STOCK_PORT: "0", PRICES_PORT: "0" },
});
const ended = once(observer, "exit");
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => observer.kill(signal));

if (await isReady(port, observer)) {
  const url = `http://127.0.0.1:${port}`;
  const load = spawn(
    process.execPath,
    [file("examples/shop/load.js"), "--url", url, "--seconds", String(loadSeconds)],
    {
      stdio: "ignore",
    },
  );
  ended.then(() => load.kill());
}
const [code] = await ended;
process.exitCode = code ?? 1;
