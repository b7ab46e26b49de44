import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ascii } from "./characters.ts";
import { Http1Connection, type Side } from "./connection.ts";
import { exchangesOf, segment, segmentsOf } from "./exchanges.testing.ts";
import type { Segment } from "./segment.ts";

type Step = readonly [Side, Segment];
const request = (step: Segment): Step => ["request", step];
const response = (step: Segment): Step => ["response", step];

test("a connection that does not speak HTTP/1 says so and gives nothing", () => {
  for (const text of [
    "\x16\x03\x01\x02\x00",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "SSH-2.0-OpenSSH\r\n",
    "*1\r\n$4\r\nPING\r\n",
    "GET /old\r\n",
  ]) {
    const connection = new Http1Connection(() => assert.fail(text));
    connection.push("request", segment(0, text));
    connection.push("response", segment(0, "HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert.equal(connection.state, "notHttp", text);
    connection.close();
  }
});

test("a request line of 64 KiB is read, in one piece, in many, and cut short by the capture", () => {
  const line = `GET /${"x".repeat(65536)} HTTP/1.1\r\n`;
  const text = `${line}Host: shop\r\n\r\n`;
  const answer = response(segment(0, "HTTP/1.1 431 Too Long\r\nContent-Length: 0\r\n\r\n", 99_999));
  const whole = exchangesOf([request(segment(0, text)), answer])[0]!;
  const pieces = exchangesOf([...segmentsOf(ascii(text), [1000, 8190, 8200, 65540, 65545]).map(request), answer])[0]!;
  for (const exchange of [whole, pieces]) {
    assert.equal(exchange.target, `/${"x".repeat(8191)}`);
    assert.equal(exchange.requestTruncated, true);
    assert.equal(exchange.requestBytes, text.length);
    assert.equal(exchange.status, 431);
    assert.equal(exchange.complete, true);
  }
  const [cut] = exchangesOf([request(segment(0, text.slice(0, 16384), 1, text.length)), answer]);
  assert.deepEqual(
    [cut!.method, cut!.requestTruncated, cut!.status, cut!.complete, cut!.requestBytes],
    ["GET", true, 431, false, text.length],
  );
});

test("random bytes are survived, in bounded time and memory", () => {
  const fragment = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .constantFrom(
        "GET / HTTP/1.1\r\n",
        "\r\n",
        "HTTP/1.1 200 OK\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\n",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "HTTP/1.1 100 C\r\n\r\n",
      )
      .map(ascii),
  );
  const step = fc.record({
    side: fc.constantFrom<Side[]>("request", "response"),
    data: fragment,
    jump: fc.constantFrom(0, 0, 0, 0, 5, -3),
    extra: fc.constantFrom(0, 0, 0, 7),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const next = { request: 0, response: 0 };
      const sizes = { request: 0, response: 0 };
      const timed = steps.map(({ side, data, jump, extra }, index): Step => {
        const offset = Math.max(0, next[side] + jump);
        next[side] = offset + data.length + extra;
        sizes[side] = Math.max(sizes[side], next[side]);
        return [side, { offset, length: data.length + extra, timeNs: index * 1e6, data }];
      });
      const exchanges = exchangesOf(timed);
      const sum = (field: "requestBytes" | "responseBytes") =>
        exchanges.reduce((total, exchange) => total + exchange[field], 0);
      assert.ok(sum("requestBytes") <= sizes.request && sum("responseBytes") <= sizes.response);
    }),
    { numRuns: 5000 },
  );
});
