/**
 * The shop front: takes orders, and asks two services of its own, stock and prices, which it starts as processes.
 * `PORT`, `STOCK_PORT` and `PRICES_PORT` choose ports; 0 takes any that is free.
 */

import { fork } from "node:child_process";
import { Agent } from "node:http";
import { ask, listen, read, sendJson } from "./http.js";

const port = Number(process.env.PORT ?? 8080);
const services = await Promise.all([
  startService("stock.js", process.env.STOCK_PORT ?? "9001"),
  startService("prices.js", process.env.PRICES_PORT ?? "9002"),
]);
const [stock, prices] = services;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** @type {Map<string, string[]>} Items by cart. */
const carts = new Map(Array.from({ length: 10 }, (_, id) => [String(id), [`sku-${id}`, `sku-${(id * 7) % 10}`]]));

/** @type {import("./http.js").Route[]} */
const routes = [
  { method: "GET", path: /^\/$/, handle: showFront },
  { method: "GET", path: /^\/cart\/(\w+)$/, handle: showCart },
  { method: "DELETE", path: /^\/cart\/(\w+)$/, handle: emptyCart },
  { method: "GET", path: /^\/stock$/, handle: showStock },
  { method: "POST", path: /^\/checkout$/, handle: checkOut },
];

const server = await listen(port, routes);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
console.log(`shop: http://127.0.0.1:${server.port}`);

/** The front page, in pieces as they are ready. @type {import("./http.js").Handler} */
async function showFront(_request, response) {
  response.writeHead(200, { "content-type": "text/html" });
  response.write("<h1>Shop</h1>\n");
  for (const sku of ["sku-1", "sku-2", "sku-3"]) {
    const { price } = (await ask(agent, prices.port, `/price/${sku}`)).body;
    response.write(`<p>${sku}: ${price}</p>\n`);
  }
  response.end();
}

/** @type {import("./http.js").Handler} */
async function showCart(_request, response, { parameters: [id] }) {
  const items = carts.get(id);
  if (items === undefined) return sendJson(response, 404, { error: "no such cart" });
  const answers = await Promise.all(items.map((sku) => ask(agent, prices.port, `/price/${sku}`)));
  sendJson(response, 200, { id, items, total: answers.reduce((sum, { body }) => sum + body.price, 0) });
}

/** @type {import("./http.js").Handler} */
async function emptyCart(_request, response, { parameters: [id] }) {
  if (carts.has(id)) carts.set(id, []);
  response.writeHead(204).end();
}

/** @type {import("./http.js").Handler} */
async function showStock(_request, response, { query }) {
  const { status, body } = await ask(agent, stock.port, `/stock?sku=${query.get("sku")}&n=1`);
  sendJson(response, status, body);
}

/** Every item must be in stock and have a price. @type {import("./http.js").Handler} */
async function checkOut(request, response) {
  const { items } = JSON.parse(await read(request));
  let total = 0;
  for (const sku of items) {
    const [available, price] = await Promise.all([
      ask(agent, stock.port, `/stock?sku=${sku}&n=1`),
      ask(agent, prices.port, `/price/${sku}`),
    ]);
    if (available.status !== 200) return sendJson(response, 409, { error: `${sku} is sold out` });
    total += price.body.price;
  }
  if (total > 250) throw new Error("the till jams on large orders");
  sendJson(response, 201, { total });
}

/** Starts one service, and waits until it says which port it listens on. */
async function startService(/** @type {string} */ file, /** @type {string} */ servicePort) {
  const child = fork(new URL(file, import.meta.url), { env: { ...process.env, PORT: servicePort } });
  const listening = await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", () => reject(new Error(`${file} did not start`)));
  });
  return { child, port: /** @type {number} */ (listening) };
}

function stop() {
  for (const { child } of services) child.kill();
  agent.destroy();
  server.close();
}
