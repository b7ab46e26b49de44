/** The rules of the example, and the server that goes by them: limits hold, and no request is lost while the rules are exchanged. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { openRules, serve } from "./server.ts";

const source = new URL("../../../examples/request-rules/rules.ts", import.meta.url);

test("a client has its burst, and gets back what time gives", async () => {
  let nowNs = 1_000_000_000n;
  const rules = await openRules(source, () => nowNs);
  const ask = (count: number, client = "10.0.0.1") =>
    Array.from({ length: count }, () => rules.ask(client, "GET", "/", "").verdict).filter(
      (verdict) => verdict === "pass",
    );
  assert.equal(ask(15).length, 10);
  assert.equal(ask(15, "10.0.0.2").length, 10, "each client has its own");
  assert.equal(rules.ask("10.0.0.1", "GET", "/", "").retryAfterSeconds, 1);
  for (let turn = 0; turn < 4; turn++) {
    nowNs += 250_000_000n;
    ask(0);
  }
  assert.equal(ask(15).length, 5);
  nowNs += 3600_000_000_000n;
  assert.equal(ask(15).length, 10, "never more than the burst");
  rules.close();
});

test("routes go by the tenant, else by the path", async () => {
  const rules = await openRules(source);
  const backend = (path: string, tenant = "") => rules.ask("10.0.0.3", "GET", path, tenant).backend;
  assert.deepEqual([backend("/"), backend("/api/orders"), backend("/api/orders", "beta-7")], [0, 1, 2]);
  assert.equal(rules.ask("10.0.0.3", "GET", "/admin/keys", "").verdict, "refuse");
  rules.close();
});

test("rules are exchanged under load: each request has its answer, and no client gets more than its limit", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tarsier-rules-"));
  let nowNs = 1_000_000_000n;
  try {
    for (const name of ["rules.ts", "request-hook.ts"]) {
      cpSync(fileURLToPath(new URL(name, source)), join(directory, name));
    }
    const file = pathToFileURL(join(directory, "rules.ts"));
    const rules = await openRules(file, () => nowNs);
    const server = serve(rules, (request) => request.headers["x-client"] as string).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const ask = (client: string): Promise<number> =>
      new Promise((answered, failed) => {
        get({ port, host: "127.0.0.1", agent, headers: { "x-client": client } }, (response) => {
          response.resume().on("end", () => answered(response.statusCode!));
        }).on("error", failed);
      });

    let exchanged = 0;
    let asking = true;
    const text = readFileSync(file, "utf8");
    const exchanging = (async () => {
      while (asking) {
        // Another text each time: no twin, no cache.
        writeFileSync(file, `${text}\n// ${exchanged}\n`);
        assert.ok((await rules.replace(file)).includes("buckets"));
        exchanged++;
        await new Promise((later) => setTimeout(later, 5));
      }
    })();
    const clients = Array.from({ length: 40 }, (_, index) => `10.1.0.${index + 1}`);
    const statuses = new Map<string, number[]>(clients.map((client) => [client, []]));
    const waves = 25;
    for (let wave = 0; wave < waves; wave++) {
      await Promise.all(clients.map(async (client) => statuses.get(client)!.push(await ask(client))));
      nowNs += 100_000_000n;
    }
    asking = false;
    await exchanging;
    assert.ok(exchanged >= 3, `${exchanged} exchanges`);
    // 10 at once, and 5 for each of the 2.4 seconds between the first and the last wave.
    for (const list of statuses.values()) {
      assert.equal(list.length, waves);
      assert.ok(list.every((status) => status === 200 || status === 429));
      assert.equal(list.filter((status) => status === 200).length, 22);
    }
    // What is refused changes nothing.
    writeFileSync(file, text.replace("return requestHook.refuse;", "return 77;"));
    await assert.rejects(rules.replace(file), /the verifier refuses this \(route\)/);
    assert.equal(await ask("10.2.0.1"), 200);
    agent.destroy();
    server.close();
    rules.close();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
