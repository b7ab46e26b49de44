import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Side } from "./connection.ts";
import {
  conversationOf,
  essence,
  exchangePlan,
  exchangesOf,
  interleave,
  segment,
  segmentsOf,
} from "./exchanges.testing.ts";
import type { Segment } from "./segment.ts";

type Step = readonly [Side, Segment];
const request = (step: Segment): Step => ["request", step];
const response = (step: Segment): Step => ["response", step];

test("any conversation, cut anywhere, pipelined in any way, gives the same exchanges", () => {
  const cuts = fc.array(fc.nat(), { maxLength: 12 });
  fc.assert(
    fc.property(
      fc.array(exchangePlan, { minLength: 1, maxLength: 6 }),
      cuts,
      cuts,
      fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
      (plans, requestCuts, responseCuts, choices) => {
        const conversation = conversationOf(plans);
        const steps = interleave(
          segmentsOf(conversation.request, requestCuts).map(request),
          segmentsOf(conversation.response, responseCuts).map(response),
          choices,
        );
        const exchanges = exchangesOf(steps);
        assert.deepEqual(exchanges.map(essence), conversation.expected);
        assert.ok(exchanges.every(({ complete }) => complete));
      },
    ),
    { numRuns: 2000 },
  );
});

test("every single cut of a conversation, and every byte alone, gives the same exchanges", () => {
  const conversation = conversationOf([
    {
      method: "HEAD",
      target: "/a",
      lineEnd: "\r\n",
      requestBody: { kind: "none" },
      informational: 0,
      status: 200,
      responseBody: { kind: "length", bytes: 50 },
    },
    {
      method: "POST",
      target: "/b",
      lineEnd: "\r\n",
      requestBody: { kind: "chunked", chunks: [3, 17], decorated: true },
      informational: 1,
      status: 200,
      responseBody: { kind: "chunked", chunks: [1, 16], decorated: true },
    },
    {
      method: "GET",
      target: "/c",
      lineEnd: "\n",
      requestBody: { kind: "none" },
      informational: 0,
      status: 304,
      responseBody: { kind: "chunked", chunks: [5], decorated: false },
    },
    {
      method: "PUT",
      target: "/d",
      lineEnd: "\r\n",
      requestBody: { kind: "length", bytes: 9 },
      informational: 2,
      status: 204,
      responseBody: { kind: "none" },
    },
  ]);
  const check = (requestCuts: number[], responseCuts: number[]) => {
    const steps = [
      ...segmentsOf(conversation.request, requestCuts).map(request),
      ...segmentsOf(conversation.response, responseCuts).map(response),
    ];
    assert.deepEqual(exchangesOf(steps).map(essence), conversation.expected);
  };
  for (let cut = 0; cut < conversation.request.length; cut++) check([cut], []);
  for (let cut = 0; cut < conversation.response.length; cut++) check([], [cut]);
  check([...conversation.request.keys()], [...conversation.response.keys()]);
});

test("times are those of the first and last bytes of each message", () => {
  const [exchange] = exchangesOf([
    request(segment(0, "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab", 10)),
    request(segment(40, "cd", 20)),
    response(segment(0, "HTTP/1.1 200 OK\r\nConte", 30)),
    response(segment(22, "nt-Length: 2\r\n\r\nx", 40)),
    response(segment(39, "y", 50)),
  ]);
  const { requestStartNs, requestEndNs, responseStartNs, responseEndNs } = exchange!;
  assert.deepEqual([requestStartNs, requestEndNs, responseStartNs, responseEndNs], [10, 20, 30, 50]);
});

test("a request that nobody answers comes out at close, without a status", () => {
  const exchanges = exchangesOf([request(segment(0, "GET /slow HTTP/1.0\r\n\r\n"))]);
  assert.equal(exchanges.length, 1);
  assert.equal(exchanges[0]!.status, null);
  assert.equal(exchanges[0]!.version, "1.0");
  assert.equal(exchanges[0]!.complete, false);
});

test("a client that closes in the middle of a head or a body leaves an incomplete request", () => {
  for (const text of [
    "GET /half",
    "GET /half HTT",
    "GET /half HTTP/1.1\r\nHo",
    "PUT /half HTTP/1.1\r\ncontent-length: 9\r\n\r\nx",
  ]) {
    const [exchange, ...more] = exchangesOf([request(segment(0, text))]);
    assert.equal(exchange!.target, "/half", text);
    assert.equal(exchange!.complete, false);
    assert.equal(exchange!.requestBytes, text.length);
    assert.deepEqual(more, []);
  }
});

test("a body that is delimited by close is whole after an orderly close, and not after a reset", () => {
  const steps = [
    request(segment(0, "GET / HTTP/1.0\r\n\r\n")),
    response(segment(0, "HTTP/1.0 200 OK\r\n\r\nsome text")),
  ];
  assert.equal(exchangesOf(steps)[0]!.complete, true);
  assert.equal(exchangesOf(steps, { clean: false })[0]!.complete, false);
  assert.equal(exchangesOf(steps)[0]!.responseBytes, 28);
});

test("a response that is recorded before its request is paired with it", () => {
  const [exchange] = exchangesOf([
    response(segment(0, "HTTP/1.1 204 No Content\r\n\r\n", 20)),
    request(segment(0, "DELETE /cart HTTP/1.1\r\n\r\n", 10)),
  ]);
  assert.equal(exchange!.status, 204);
});

test("segments of one direction that overtake each other are put in order", () => {
  const exchanges = exchangesOf([
    request(segment(0, "GET /1 HTTP/1.1\r\n", 1)),
    request(segment(19, "GET /2 HTTP/1.1\r\n\r\n", 3)),
    request(segment(17, "\r\n", 2)),
    response(segment(0, "HTTP/1.1 204 A\r\n\r\nHTTP/1.1 304 B\r\n\r\n", 4)),
  ]);
  assert.deepEqual(
    exchanges.map(({ target, status }) => [target, status]),
    [
      ["/1", 204],
      ["/2", 304],
    ],
  );
});

test("a response that comes before the request's body ends waits for it", () => {
  const exchanges = exchangesOf([
    request(segment(0, "PUT / HTTP/1.1\r\nContent-Length: 4\r\n\r\n", 1)),
    response(segment(0, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", 2)),
    request(segment(37, "body", 3)),
    request(segment(41, "GET /next HTTP/1.1\r\n\r\n", 4)),
    response(segment(45, "HTTP/1.1 204 None\r\n\r\n", 5)),
  ]);
  assert.deepEqual(
    exchanges.map(({ status, requestEndNs, complete }) => [status, requestEndNs, complete]),
    [
      [413, 3, true],
      [204, 4, true],
    ],
  );
});

test("101 and a successful CONNECT end HTTP, whatever follows and whichever side is seen first", () => {
  const heads = [
    [
      "GET /chat HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
      101,
    ],
    ["CONNECT host:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 Connected\r\n\r\n", 200],
  ] as const;
  for (const [question, answer, status] of heads) {
    for (const tunnelled of ["GET /inside HTTP/1.1\r\n\r\n", "\x81\x05hello"]) {
      const sides = [
        request(segment(0, question + tunnelled, 1)),
        response(segment(0, `${answer}HTTP/1.1 204 inside\r\n\r\n`, 2)),
      ];
      for (const steps of [sides, sides.toReversed()]) {
        const exchanges = exchangesOf(steps);
        assert.deepEqual(
          exchanges.map((exchange) => exchange.status),
          [status],
        );
        assert.equal(exchanges[0]!.requestBytes, question.length);
        assert.equal(exchanges[0]!.responseBytes, answer.length);
      }
    }
  }
});

test("an offer to upgrade that is declined changes nothing", () => {
  const exchanges = exchangesOf([
    request(segment(0, "GET /1 HTTP/1.1\r\nUpgrade: h2c\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", 1)),
    response(segment(0, "HTTP/1.1 204 A\r\n\r\nHTTP/1.1 304 B\r\n\r\n", 2)),
  ]);
  assert.deepEqual(
    exchanges.map(({ target, status }) => [target, status]),
    [
      ["/1", 204],
      ["/2", 304],
    ],
  );
});
