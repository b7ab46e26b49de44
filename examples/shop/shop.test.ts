import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

/** From `dist/examples/shop`, where this runs. */
const file = (name: string) => fileURLToPath(new URL(`../../../examples/shop/${name}`, import.meta.url));
const anyPort = { ...process.env, PORT: "0", STOCK_PORT: "0", PRICES_PORT: "0" };

let shop: ChildProcess;
let url = "";

before(async () => {
  shop = spawn(process.execPath, [file("server.js")], { env: anyPort, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(shop.stdout!, "data");
  url = /http:\S+/.exec(String(line))![0];
});

after(async () => {
  if (shop.exitCode !== null) return;
  shop.kill("SIGKILL");
  await once(shop, "exit");
});

async function status(path: string, options?: RequestInit): Promise<number> {
  const response = await fetch(new URL(path, url), options);
  await response.text();
  return response.status;
}

test("each route answers, well and badly", async () => {
  const order = (...items: string[]) => ({ method: "POST", body: JSON.stringify({ items }) });
  assert.equal(await status("/cart/7"), 200);
  assert.equal(await status("/cart/11"), 404);
  assert.equal(await status("/stock?sku=sku-7"), 200);
  assert.equal(await status("/stock?sku=sku-5"), 404);
  assert.equal(await status("/checkout", order("sku-1", "sku-3")), 201);
  assert.equal(await status("/checkout", order("sku-5")), 409);
  assert.equal(await status("/checkout", order("sku-8", "sku-8", "sku-8", "sku-8")), 500);
  assert.equal(await status("/cart/3", { method: "DELETE" }), 204);
  assert.equal(await status("/help"), 404);
});

test("the front page comes in chunks", async () => {
  const response = await fetch(url);
  assert.equal(response.headers.get("transfer-encoding"), "chunked");
  assert.match(await response.text(), /sku-3: \d+/);
});

test("the load is bounded and answered", async () => {
  const load = spawn(process.execPath, [file("load.js"), "--url", url, "--seconds", "0.5", "--rate", "80"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = once(load.stdout!, "data");
  assert.deepEqual(await once(load, "exit"), [0, null]);
  assert.match(String((await output)[0]), /^load: 40 requests, 0 failed/);
});

test("a signal ends the shop with its services", async () => {
  shop.kill("SIGTERM");
  assert.deepEqual(await once(shop, "exit"), [0, null]);
  await assert.rejects(fetch(url));
});
