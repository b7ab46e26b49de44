import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Http1Connection } from "./connection.ts";
import type { Exchange } from "./pairing.ts";
import { redactStreams, redactTail, type StreamSide } from "./redact-stream.ts";

const encode = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const decode = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/** What is left of a stream whose pieces end at `cuts`. */
function redacted(text: string, side: StreamSide = "request", cuts: readonly number[] = []): string {
  const redactor = redactStreams();
  const bytes = encode(text);
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    redactor.redact(side, from, bytes.subarray(from, to));
    from = to;
  }
  return decode(bytes);
}

const request =
  "POST /a/b?token=abc&flag&12345 HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer abc\r\nCookie: a=b\r\n folded\r\nContent-Length: 6\r\n\r\nsecret";
const redactedRequest =
  "POST /a/b?token=***&flag&***** HTTP/1.1\r\nHost: shop\r\nAuthorization:***********\r\nCookie:****\r\n ******\r\nContent-Length: 6\r\n\r\n******";

test("values of queries, of fields that may be secret, and bodies are overwritten; lengths stay", () => {
  assert.equal(redacted(request + request), redactedRequest + redactedRequest);
});

test("a user and password before a host are overwritten", () => {
  assert.equal(redacted("GET http://me:pw@shop/a HTTP/1.1\r\n\r\n"), "GET http://*****@shop/a HTTP/1.1\r\n\r\n");
});

test("sizes of chunks stay, what they hold and their extensions do not", () => {
  assert.equal(
    redacted(
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6;a=b\r\nsecret\r\n0\r\nX-Sum: abc\r\n\r\nGET /n HTTP/1.1\r\n\r\n",
    ),
    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6;***\r\n******\r\n0\r\n**********\r\n\r\nGET /n HTTP/1.1\r\n\r\n",
  );
});

test("what is no HTTP is overwritten whole, also a line that begins like one", () => {
  for (const text of ["AUTH secret\r\nmore", "\x16\x03\x01secret", "PASS secret\r\n", "GET secret\r\nGET x"]) {
    assert.match(redacted(text), /^\*+$/);
  }
});

test("the answer to HEAD has no body, and another answer follows it", () => {
  const redactor = redactStreams();
  redactor.redact("request", 0, encode("HEAD /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n"));
  const answers = encode("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nab");
  redactor.redact("response", 0, answers);
  assert.equal(
    decode(answers),
    "HTTP/1.1 200 **\r\nContent-Length: 9\r\n\r\nHTTP/1.1 404 **\r\nContent-Length: 2\r\n\r\n**",
  );
});

test("bytes that were missed within a body do no harm; elsewhere the next message is waited for", () => {
  const redactor = redactStreams();
  redactor.redact("request", 0, encode("POST /a HTTP/1.1\r\nContent-Length: 100\r\n\r\n"));
  const next = encode("GET /b HTTP/1.1\r\n\r\n");
  redactor.redact("request", 141, next);
  assert.equal(decode(next), "GET /b HTTP/1.1\r\n\r\n");
  const lost = encode("secret");
  redactor.redact("request", 200, lost);
  assert.equal(decode(lost), "******");
  const found = encode("GET /c HTTP/1.1\r\n\r\n");
  redactor.redact("request", 206, found);
  assert.equal(decode(found), "GET /c HTTP/1.1\r\n\r\n");
});

test("of a tail only what ends chunks stays", () => {
  const tail = encode("t\r\n0\r\n\r\n");
  redactTail(tail);
  assert.equal(decode(tail), "*\r\n0\r\n\r\n");
});

/** What a parser makes of a connection. */
function exchangesOf(requests: Uint8Array, responses: Uint8Array) {
  const exchanges: Exchange[] = [];
  const http = new Http1Connection((exchange) => exchanges.push(exchange));
  const push = (side: StreamSide, data: Uint8Array) =>
    http.push(side, { offset: 0, length: data.length, timeNs: 1, data });
  push("request", requests);
  push("response", responses);
  http.close(true);
  return exchanges.map(({ method, status, requestBytes, responseBytes, complete }) => ({
    method,
    status,
    requestBytes,
    responseBytes,
    complete,
  }));
}

const message = fc.record({
  method: fc.constantFrom("GET", "POST", "HEAD", "DELETE"),
  body: fc.string({ maxLength: 40 }).map((text) => text.replace(/[^ -~]/g, "?")),
  isChunked: fc.boolean(),
  status: fc.constantFrom(200, 204, 304, 404),
});

test("whoever reads what is left finds the same messages, however the bytes were cut", () => {
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(400), { maxLength: 6 }),
      (messages, places) => {
        const bodied = (head: string, body: string, isChunked: boolean) =>
          isChunked && body !== ""
            ? `${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
            : `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
        const asked = messages
          .map(({ method, body, isChunked }) => bodied(`${method} /x?k=v HTTP/1.1\r\nX: ${body}\r\n`, body, isChunked))
          .join("");
        const answered = messages
          .map(({ method, body, isChunked, status }) => {
            const whole = bodied(`HTTP/1.1 ${status} reason\r\n`, body, isChunked);
            return method === "HEAD" || status === 304 || status === 204
              ? whole.slice(0, whole.indexOf("\r\n\r\n") + 4)
              : whole;
          })
          .join("");
        const redactor = redactStreams();
        const pass = (side: StreamSide, text: string) => {
          const bytes = encode(text);
          const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
            (one, other) => one - other,
          );
          let from = 0;
          for (const to of [...cuts, bytes.length]) {
            redactor.redact(side, from, bytes.subarray(from, to));
            from = to;
          }
          return bytes;
        };
        const [requests, responses] = [pass("request", asked), pass("response", answered)];
        assert.deepEqual(exchangesOf(requests, responses), exchangesOf(encode(asked), encode(answered)));
      },
    ),
    { numRuns: 300 },
  );
});
