/** The example that reads what a process says over TLS: this one, to itself. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { load } from "../src/index.ts";
import { kernelTest } from "../src/kernel/kernel-tests.testing.ts";
import { example } from "./places.testing.ts";
import { Direction, Plaintext } from "./tls-peek.ts";

kernelTest("tls-peek: both directions, in plain text", async () => {
  using collection = await load<typeof import("./tls-peek.ts")>(example("tls-peek"), {
    config: { processId: process.pid },
  });
  const at = { binary: process.execPath, pid: process.pid };
  collection.programs.writeBegins.attach({ ...at, symbols: ["SSL_write"] });
  collection.programs.writeEnds.attach({ ...at, symbols: ["SSL_write"] });
  collection.programs.readBegins.attach({ ...at, symbols: ["SSL_read"] });
  collection.programs.readEnds.attach({ ...at, symbols: ["SSL_read"] });

  const server = createServer(certificate(), (socket) => socket.on("data", () => socket.end("the answer")));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const socket = connect({ port: (server.address() as AddressInfo).port, rejectUnauthorized: false });
    socket.write("the question");
    socket.resume();
    await once(socket, "close");
  } finally {
    server.close();
  }

  const told: string[] = [];
  collection.maps.plaintexts.drain(Plaintext, ({ process: pid, direction, length, text }) => {
    assert.equal(pid, process.pid);
    const way = direction === Direction.sent ? "sent" : "received";
    told.push(`${way} ${Buffer.from(text.subarray(0, length)).toString()}`);
  });
  assert.deepEqual(told, ["sent the question", "received the question", "sent the answer", "received the answer"]);
});

/** A key and a certificate that nobody has signed but itself. */
function certificate(): { key: Buffer; cert: Buffer } {
  const directory = mkdtempSync(join(tmpdir(), "tarsier-tls-"));
  try {
    const files = ["-keyout", join(directory, "key"), "-out", join(directory, "cert")];
    const request = ["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    execFileSync("openssl", [...request, "-subj", "/CN=localhost", ...files], { stdio: "ignore" });
    return { key: readFileSync(join(directory, "key")), cert: readFileSync(join(directory, "cert")) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
