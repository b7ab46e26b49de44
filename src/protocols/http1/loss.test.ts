import assert from "node:assert/strict";
import { test } from "node:test";
import { Http1Connection, type Side } from "./connection.ts";
import { exchangesOf, segment } from "./exchanges.testing.ts";
import type { Exchange } from "./pairing.ts";
import type { Segment } from "./segment.ts";

type Step = readonly [Side, Segment];
const brief = ({ target, status, complete }: Exchange) => [target, status, complete];
const get = (target: string) => `GET ${target} HTTP/1.1\r\n\r\n`;
const ok = (status: number, length = 0) => `HTTP/1.1 ${status} X\r\nContent-Length: ${length}\r\n\r\n`;

/** Steps with each text after the one before it; numbers are bytes that get lost, at one second after another. */
function conversation(...texts: (readonly [Side, string | number])[]): Step[] {
  const offsets = { request: 0, response: 0 };
  const steps: Step[] = [];
  texts.forEach(([side, text], index) => {
    const length = typeof text === "number" ? text : text.length;
    if (typeof text === "string") steps.push([side, segment(offsets[side], text, index * 1e9)]);
    offsets[side] += length;
  });
  return steps;
}

test("bytes missing in a body of known length do no harm", () => {
  const head = "PUT /big HTTP/1.1\r\nContent-Length: 100000\r\n\r\n";
  const exchanges = exchangesOf([
    ["request", segment(0, `${head}start`, 1, head.length + 100_000)],
    ["request", segment(head.length + 100_000, get("/next"), 2)],
    ["response", segment(0, ok(200), 3)],
    ["response", segment(ok(200).length, ok(204), 4)],
  ]);
  assert.deepEqual(exchanges.map(brief), [
    ["/big", 200, true],
    ["/next", 204, true],
  ]);
  assert.equal(exchanges[0]!.requestBytes, head.length + 100_000);
});

test("bytes missing within the data of one chunk do no harm; beyond it, the message is incomplete", () => {
  const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const run = (captured: string, length: number, rest: string) =>
    exchangesOf([
      ["request", segment(0, get("/a"), 1)],
      ["response", segment(0, head + captured, 2, head.length + length)],
      ["response", segment(head.length + length, rest, 3)],
      ["request", segment(get("/a").length, get("/b"), 4)],
      ["response", segment(head.length + length + rest.length, ok(204), 5)],
    ]).map(brief);
  assert.deepEqual(run("400\r\nxx", 5 + 0x400, "\r\n0\r\n\r\n"), [
    ["/a", 200, true],
    ["/b", 204, true],
  ]);
  assert.deepEqual(run("400\r\nxx", 5 + 0x400 + 10, "\r\n0\r\n\r\n"), [
    ["/a", 200, false],
    ["/b", 204, true],
  ]);
});

test("a hole in a request's head: what is known is reported as incomplete, the next request is whole", () => {
  const exchanges = exchangesOf(
    conversation(
      ["request", "GET /a HTTP/1.1\r\nCoo"],
      ["request", 40],
      ["response", ok(200)],
      ["request", get("/b")],
      ["response", ok(201)],
    ),
  );
  assert.deepEqual(exchanges.map(brief), [
    ["/a", 200, false],
    ["/b", 201, true],
  ]);
});

test("a lost request leaves its response without a pair; the following ones are not shifted", () => {
  const connection = new Http1Connection((exchange) => exchanges.push(exchange));
  const exchanges: Exchange[] = [];
  const steps = conversation(
    ["request", get("/a")],
    ["response", ok(200)],
    ["request", 30],
    ["response", ok(500)],
    ["request", get("/c")],
    ["response", ok(201)],
    ["request", get("/d")],
    ["response", ok(202)],
  );
  for (const [side, step] of steps) connection.push(side, step);
  connection.close();
  assert.deepEqual(exchanges.map(brief), [
    ["/a", 200, true],
    ["/c", 201, true],
    ["/d", 202, true],
  ]);
  assert.equal(connection.unpairedResponses, 1);
});

test("a lost response leaves its request unanswered, and the next one too where it may be the lost one", () => {
  const exchanges = exchangesOf(
    conversation(
      ["request", get("/a")],
      ["response", ok(200)],
      ["request", get("/b")],
      ["response", 50],
      ["request", get("/c")],
      ["response", ok(202)],
      ["request", get("/d")],
      ["response", ok(203)],
    ),
  );
  assert.deepEqual(exchanges.map(brief), [
    ["/a", 200, true],
    ["/b", null, false],
    ["/c", null, false],
    ["/d", 203, true],
  ]);
});

test("after a loss among pipelined requests nothing is paired by guess", () => {
  const exchanges = exchangesOf(
    conversation(
      ["request", get("/a") + get("/b")],
      ["response", ok(200) + ok(201)],
      ["request", get("/c") + get("/d") + get("/e")],
      ["response", 40],
      ["response", ok(503)],
      ["request", get("/f")],
      ["response", ok(504)],
    ),
  );
  assert.deepEqual(exchanges.map(brief).slice(0, 2), [
    ["/a", 200, true],
    ["/b", 201, true],
  ]);
  assert.ok(exchanges.slice(2).every(({ status, complete }) => status === null && !complete));
  assert.equal(exchanges.length, 6);
});

test("a connection joined in the middle begins with the first request that is seen", () => {
  const connection = new Http1Connection((exchange) => exchanges.push(exchange), null);
  const exchanges: Exchange[] = [];
  connection.push("response", segment(900, "the rest of some body", 1));
  connection.push("response", segment(921, ok(500), 2));
  connection.push("request", segment(500, "name=value", 3));
  connection.push("request", segment(510, get("/first"), 4));
  connection.push("response", segment(921 + ok(500).length, ok(204), 5));
  connection.close();
  assert.deepEqual(exchanges.map(brief), [["/first", 204, true]]);
  assert.equal(connection.state, "http");
  assert.equal(connection.skippedBytes, 31);
});

test("a head that contradicts itself ends what can be known until the next message", () => {
  const exchanges = exchangesOf(
    conversation(
      ["request", "POST /a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"],
      ["response", ok(400)],
      ["request", get("/b")],
      ["response", ok(204)],
    ),
  );
  assert.deepEqual(exchanges.map(brief), [
    ["/a", 400, false],
    ["/b", 204, true],
  ]);
});

test("requests whose responses are never seen come out, and do not pile up", () => {
  const exchanges: Exchange[] = [];
  const connection = new Http1Connection((exchange) => exchanges.push(exchange));
  const text = get("/a");
  for (let index = 0; index < 5000; index++) connection.push("request", segment(index * text.length, text, index));
  assert.ok(exchanges.length >= 3900, String(exchanges.length));
  connection.close();
  assert.equal(exchanges.length, 5000);
});

test("a connection joined at a known place reads pipelined requests from there, and says when it is idle", () => {
  const exchanges: Exchange[] = [];
  const connection = new Http1Connection((exchange) => exchanges.push(exchange), { request: 700, response: 900 });
  const requests = get("/a") + get("/b");
  connection.push("request", segment(700, requests, 1));
  assert.equal(connection.idleAt(), undefined);
  connection.push("response", segment(900, ok(200) + ok(204), 2));
  assert.deepEqual(exchanges.map(brief), [
    ["/a", 200, true],
    ["/b", 204, true],
  ]);
  assert.deepEqual(connection.idleAt(), { request: 700 + requests.length, response: 900 + 2 * ok(200).length });
});

test("a body behind a hole that begins like a response swallows the next answer, and no request gets the one after it", () => {
  const [first, second, third] = [get("/1"), get("/2"), get("/3")];
  const exchanges = exchangesOf(
    conversation(
      ["request", get("/0")],
      ["response", ok(200)],
      ["request", first],
      ["response", ok(201, 15).length],
      ["response", "HTTP/1.1 200 OK"],
      ["request", second],
      ["response", ok(202)],
      ["request", third.length],
      ["response", ok(203)],
    ),
  );
  assert.deepEqual(exchanges.map(brief), [
    ["/0", 200, true],
    ["/1", null, false],
    ["/2", null, false],
  ]);
});
