import assert from "node:assert/strict";
import { test } from "node:test";
import { KernelError } from "../errors/error.ts";
import { Direction, Role } from "../programs/layouts.ts";
import type { Exchange } from "../protocols/http1/index.ts";
import { exchangeEvent, fakeDirectives, segmentEvent } from "./encoded.testing.ts";
import { followRawConnections } from "./raw-connections.ts";

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: shop\r\n\r\n`;
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** What a server receives and sends, on a connection with stream offsets of its own. */
function follow(directives = fakeDirectives()) {
  const seen: string[] = [];
  const owners: string[] = [];
  const raw = followRawConnections<string>(directives, (owner, exchange: Exchange) => {
    owners.push(owner);
    seen.push(`${exchange.target} ${exchange.status}${exchange.complete ? "" : " incomplete"}`);
  });
  const received = (text: string, offset: number, more = {}) =>
    raw.segment(segmentEvent(text, { offset: BigInt(offset), direction: Direction.received, ...more }), "nginx");
  const sent = (text: string, offset: number, more = {}) =>
    raw.segment(segmentEvent(text, { offset: BigInt(offset), direction: Direction.sent, ...more }), "nginx");
  const handOver = (request: string, response: string, requestOffset: number, responseOffset: number) =>
    raw.handOver(
      exchangeEvent("switched", request, response, {
        requestOffset: BigInt(requestOffset),
        responseOffset: BigInt(responseOffset),
      }),
      "nginx",
    );
  const end = (clean = true) => raw.end(segmentEvent("").endpoint, clean);
  return { raw, seen, owners, directives, received, sent, handOver, end };
}

test("after a hand-over, pipelined requests are paired in order", () => {
  const { seen, owners, handOver, received, sent, end } = follow();
  handOver("", "", 100, 200);
  received(get("/a") + get("/b"), 100);
  sent(ok, 200);
  sent(ok, 200 + ok.length);
  end();
  assert.deepEqual(seen, ["/a 200", "/b 200"]);
  assert.deepEqual(owners, ["nginx", "nginx"]);
});

test("what the kernel had of the exchange in hand is part of it", () => {
  const { seen, handOver, sent, end } = follow();
  handOver(get("/slow"), "", 0, 0);
  sent(ok.slice(0, 20), 0);
  sent(ok.slice(20), 20);
  end();
  assert.deepEqual(seen, ["/slow 200"]);
});

test("segments that another processor recorded before the hand-over are read behind it", () => {
  const { seen, handOver, sent, end } = follow();
  sent(ok, 40);
  handOver(get("/early"), "", 0, 40);
  end();
  assert.deepEqual(seen, ["/early 200"]);
});

test("early segments of a role that was not known yet are read by the role that the hand-over tells", () => {
  const { seen, handOver, sent, end } = follow();
  sent(ok, 40, { endpoint: { role: Role.unknown } });
  handOver(get("/joined"), "", 0, 40);
  end();
  assert.deepEqual(seen, ["/joined 200"]);
});

test("when all is answered, the kernel is told from where on it may go on by itself", () => {
  const { directives, handOver, received, sent } = follow();
  handOver("", "", 1000, 2000);
  received(get("/a"), 1000);
  assert.equal(directives.held.size, 0);
  sent(ok, 2000);
  assert.deepEqual(directives.held.get(7n), {
    opaque: 0,
    padding: 0,
    requestOffset: BigInt(1000 + get("/a").length),
    responseOffset: BigInt(2000 + ok.length),
  });
});

test("a connection that goes on raw, because its request was faster than the directive, is read on", () => {
  const { seen, handOver, received, sent, end } = follow();
  handOver("", "", 0, 0);
  received(get("/a"), 0);
  sent(ok, 0);
  received(get("/b"), get("/a").length);
  sent(ok, ok.length);
  end();
  assert.deepEqual(seen, ["/a 200", "/b 200"]);
});

test("an early segment of a second hand-over is not taken for a part of the first", () => {
  const { seen, handOver, received, sent, end } = follow();
  handOver("", "", 0, 0);
  received(get("/a"), 0);
  sent(ok, 0);
  // The kernel is clean again, and another processor is first to record the answer to /b.
  sent(ok, ok.length);
  handOver(get("/b"), "", get("/a").length, ok.length);
  end();
  assert.deepEqual(seen, ["/a 200", "/b 200"]);
});

test("what is no HTTP is said to be opaque, once", () => {
  let told = 0;
  const { directives, handOver, received } = follow(
    fakeDirectives(() => {
      told++;
    }),
  );
  handOver("", "", 0, 0);
  received("EHLO mail.example\r\n", 0);
  received("MAIL FROM:<a@b>\r\n", 19);
  assert.equal(directives.held.get(7n)?.opaque, 1);
  assert.equal(told, 1);
});

test("after an upgrade the connection is opaque", () => {
  const { seen, directives, handOver, received, sent } = follow();
  handOver("", "", 0, 0);
  received("GET /chat HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", 0);
  sent("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", 0);
  assert.deepEqual(seen, ["/chat 101"]);
  assert.equal(directives.held.get(7n)?.opaque, 1);
});

test("a request that nobody answers is told at the end, and the directive goes with the connection", () => {
  const { seen, directives, handOver, received, sent, end } = follow();
  handOver("", "", 0, 0);
  received(get("/a"), 0);
  sent(ok, 0);
  received(get("/b"), get("/a").length);
  end(false);
  assert.deepEqual(seen, ["/a 200", "/b null incomplete"]);
  assert.equal(directives.held.size, 0);
});

test("connections whose end was lost are told when the observation ends", () => {
  const { raw, seen, handOver } = follow();
  handOver(get("/a"), "", 0, 0);
  assert.deepEqual(seen, []);
  raw.endAll();
  assert.deepEqual(seen, ["/a null incomplete"]);
});

test("where the hand-over was lost, messages are found from the middle on", () => {
  const { seen, received, sent, end } = follow();
  sent("the rest of some body", 990, { startNs: 1000n });
  received(get("/a"), 5000, { startNs: 2000n });
  sent(ok, 1011, { startNs: 3000n });
  end();
  assert.deepEqual(seen, ["/a 200"]);
});

test("when there is no room for a directive the connection stays raw, and nothing is lost", () => {
  const { seen, handOver, received, sent, end } = follow(
    fakeDirectives(() => {
      throw new KernelError("MAP_FULL", "the map directives is full");
    }),
  );
  handOver("", "", 0, 0);
  received(get("/a"), 0);
  sent(ok, 0);
  received(get("/b"), get("/a").length);
  sent(ok, ok.length);
  end();
  assert.deepEqual(seen, ["/a 200", "/b 200"]);
});

test("a connection with a cookie from the end of 64 bits has its directive under that cookie", () => {
  const cookie = 2n ** 64n - 1n;
  const { raw, directives } = follow();
  raw.handOver(exchangeEvent("switched", "", "", { endpoint: { cookie } }), "nginx");
  raw.segment(segmentEvent("EHLO mail.example\r\n", { endpoint: { cookie } }), "nginx");
  assert.equal(directives.held.get(cookie)?.opaque, 1);
});
