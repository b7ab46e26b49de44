/**
 * A bounded load on the shop: `node load.js --url http://127.0.0.1:8080 --seconds 15 --rate 40 --seed 1`. The same seed
 * asks for the same things in the same order.
 */

import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { read } from "./http.js";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:8080" },
    seconds: { type: "string", default: "15" },
    rate: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
  },
});
const total = Math.round(Number(values.seconds) * Number(values.rate));
const intervalMs = 1000 / Number(values.rate);
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const random = randomFrom(Number(values.seed));

/** @typedef {{ method: string, path: string, body?: string }} Question */

/** @type {{ weight: number, question: () => Question }[]} */
const mix = [
  { weight: 40, question: () => ({ method: "GET", path: `/cart/${below(12)}` }) },
  { weight: 25, question: () => ({ method: "GET", path: `/stock?sku=sku-${below(10)}` }) },
  { weight: 15, question: () => ({ method: "POST", path: "/checkout", body: JSON.stringify({ items: items() }) }) },
  { weight: 12, question: () => ({ method: "GET", path: "/" }) },
  { weight: 5, question: () => ({ method: "DELETE", path: `/cart/${below(10)}` }) },
  { weight: 3, question: () => ({ method: "GET", path: "/help" }) },
];

const deck = mix.flatMap(({ weight, question }) => Array.from({ length: weight }, () => question));

const begunMs = performance.now();
const counts = await Promise.all(
  Array.from({ length: total }, async (_, index) => {
    const question = nextQuestion();
    await sleep(begunMs + index * intervalMs - performance.now());
    return ask(question).catch(() => 0);
  }),
);
agent.destroy();
const failed = counts.filter((status) => status === 0).length;
console.log(`load: ${total} requests, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** @returns {Promise<number>} The status of the answer. */
async function ask(/** @type {Question} */ { method, path, body }) {
  const request = httpRequest(new URL(path, values.url), { agent, method });
  request.end(body);
  const [response] = await once(request, "response");
  await read(response);
  return response.statusCode;
}

function nextQuestion() {
  return deck[below(deck.length)]();
}

function items() {
  return Array.from({ length: 1 + below(4) }, () => `sku-${below(10)}`);
}

function below(/** @type {number} */ limit) {
  return Math.floor(random() * limit);
}

/** Mulberry32: small, seeded, good enough to choose by. */
function randomFrom(/** @type {number} */ seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
