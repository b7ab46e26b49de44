import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ascii } from "./characters.ts";
import { type ExchangeHead, exchangeFrom } from "./exchange.ts";
import { conversationOf, exchangePlan } from "./exchanges.testing.ts";

const read = (request: string, response = "") => exchangeFrom(ascii(request), ascii(response));

const plain: ExchangeHead = { method: "GET", target: "/cart/7", requestTruncated: false, version: "1.1", status: 200 };

test("a request and a response give method, target, version and status", () => {
  assert.deepEqual(read("GET /cart/7 HTTP/1.1\r\nHost: shop\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"), plain);
  assert.deepEqual(read("GET /cart/7 HTTP/1.1\n\n", "HTTP/1.0 200\n\n"), plain);
  assert.deepEqual(read("\r\n\r\nGET /cart/7 HTTP/1.1\r\n", "HTTP/1.1 200"), plain);
});

test("without a response, or with too little of one, there is no status", () => {
  for (const response of ["", "HT", "HTTP/1.1 20"]) {
    assert.deepEqual(read("GET /cart/7 HTTP/1.1\r\n\r\n", response), { ...plain, status: null });
  }
});

test("the final response counts, not the informational ones before it", () => {
  const early = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
  assert.equal(read("GET / HTTP/1.1\r\n", `${early}${early}HTTP/1.1 404 No\r\n`)!.status, 404);
  assert.equal(read("GET / HTTP/1.1\r\n", early)!.status, 103, "the final response was not captured");
  assert.equal(read("GET / HTTP/1.1\r\n", "HTTP/1.1 101 Switching\r\n\r\nHTTP/1.1 404 No\r\n")!.status, 101);
});

test("a prefix that ends within the target is marked, one that ends after it is not", () => {
  const response = "HTTP/1.0 200 OK\r\n";
  const cut = (request: string) => {
    const { target, requestTruncated, version } = read(request, response)!;
    return [target, requestTruncated, version];
  };
  assert.deepEqual(cut("GET /long/path"), ["/long/path", true, "1.0"]);
  assert.deepEqual(cut("GET /long/path HTT"), ["/long/path", false, "1.0"]);
  assert.deepEqual(cut("GET /long/path HTTP/1.1\r"), ["/long/path", false, "1.0"]);
  assert.deepEqual(cut("GET /with space"), ["/with space", true, "1.0"]);
});

test("what is no HTTP/1 is null: bad method, no target, another version, another answer", () => {
  const bad = [
    "G@T / HTTP/1.1\r\n",
    " / HTTP/1.1\r\n",
    "GET HTTP/1.1\r\n",
    "GET  HTTP/1.1\r\n",
    "GET /\r\n",
    "PRI * HTTP/2.0\r\n",
    "\x16\x03\x01",
    "",
    `${"G".repeat(33)} / HTTP/1.1\r\n`,
    "GET ",
    "GET \x00",
  ];
  for (const request of bad) assert.equal(read(request), null, JSON.stringify(request));
  assert.equal(read("GET / HTTP/1.1\r\n", "220 mail ready\r\n"), null);
});

test("targets come as they are: with spaces, control bytes, UTF-8, in every form", () => {
  for (const target of ["*", "http://user@host/?q=1", "/a b", "/\x1b[2J\x00", "host:443"]) {
    assert.equal(read(`OPTIONS ${target} HTTP/1.1\r\n`)!.target, target);
  }
  const bytes = new TextEncoder().encode("GET /größe HTTP/1.1\r\n");
  assert.equal(exchangeFrom(bytes, new Uint8Array())!.target, "/größe");
  const invalid = Uint8Array.of(...ascii("GET /"), 0xff, ...ascii(" HTTP/1.1\r\n"));
  assert.equal(exchangeFrom(invalid, new Uint8Array())!.target, "/\ufffd");
});

test("prefixes of any generated exchange give its method and as much of its target as they hold", () => {
  fc.assert(
    fc.property(
      exchangePlan,
      fc.integer({ min: 16, max: 512 }),
      fc.integer({ min: 0, max: 512 }),
      (plan, requestBytes, responseBytes) => {
        const { request, response } = conversationOf([{ ...plan, informational: 0 }]);
        const head = exchangeFrom(request.subarray(0, requestBytes), response.subarray(0, responseBytes))!;
        assert.equal(head.method, plan.method);
        assert.ok(head.requestTruncated ? plan.target.startsWith(head.target) : plan.target === head.target);
        assert.equal(head.status, responseBytes >= 12 ? plan.status : null);
      },
    ),
  );
});

test("no bytes make it throw", () => {
  fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), (request, response) => void exchangeFrom(request, response)));
});
