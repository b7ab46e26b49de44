/** The example that reads what a process says over TLS: this one, to itself. */

import assert from "node:assert/strict";
import { load } from "../src/index.ts";
import { kernelTest } from "../src/kernel/kernel-tests.testing.ts";
import { example } from "./places.testing.ts";
import { Direction, Plaintext } from "./tls-peek.ts";
import { talkOverTls } from "./traffic.testing.ts";

kernelTest("tls-peek: both directions, in plain text", async () => {
  using collection = await load<typeof import("./tls-peek.ts")>(example("tls-peek"), {
    config: { processId: process.pid },
  });
  const at = { binary: process.execPath, pid: process.pid };
  collection.programs.writeBegins.attach({ ...at, symbol: "SSL_write" });
  collection.programs.writeEnds.attach({ ...at, symbol: "SSL_write" });
  collection.programs.readBegins.attach({ ...at, symbol: "SSL_read" });
  collection.programs.readEnds.attach({ ...at, symbol: "SSL_read" });

  await talkOverTls();

  const told: string[] = [];
  collection.maps.plaintexts.drain(Plaintext, ({ process: pid, direction, length, text }) => {
    assert.equal(pid, process.pid);
    const way = direction === Direction.sent ? "sent" : "received";
    told.push(`${way} ${Buffer.from(text.subarray(0, length)).toString()}`);
  });
  assert.deepEqual(told, ["sent the question", "received the question", "sent the answer", "received the answer"]);
});
