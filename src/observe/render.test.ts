import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RequestRecord } from "../records/index.ts";
import { connectionSample, requestSample, summarySample } from "../records/samples.testing.ts";
import { formatTimeOfDay, renderConnection, renderHeader, renderRequest, renderSummary } from "./render.ts";
import { layoutFor } from "./table.ts";
import { widthOf } from "./width.ts";

const layout = layoutFor(107);
const time = formatTimeOfDay(requestSample.time);
const request = (fields: Partial<RequestRecord>, width = 107, color = false) =>
  renderRequest(layoutFor(width), { ...requestSample, ...fields }, color).text;

test("a request is a row under the header", () => {
  assert.equal(
    renderHeader(layout),
    "TIME          PROCESS     PEER               REQUEST                     STATUS  LATENCY   SENT    RECEIVED",
  );
  assert.equal(
    request({}),
    `${time}  node[4711]  127.0.0.1:52144 ←  GET /stock?sku=…            200     1.84 ms   412 B   131 B`,
  );
});

test("a sent request has the other arrow, and its sizes the other way round", () => {
  const row = request({
    role: "client",
    peer: "127.0.0.1:9001",
    latencyNs: 920_000,
    requestBytes: 118,
    responseBytes: 240,
  });
  assert.equal(
    row,
    `${time}  node[4711]  127.0.0.1:9001 →   GET /stock?sku=…            200     0.92 ms   118 B   240 B`,
  );
});

test("a connection without requests is a row of its own", () => {
  const row = renderConnection(layout, connectionSample, false).text;
  const localTime = formatTimeOfDay(connectionSample.time);
  assert.equal(
    row,
    `${localTime}  node[4711]  [::1]:5432 →       tcp connection              closed  2.40 s    1.2 kB  88 kB`,
  );
});

test("times are of the local day, with milliseconds", () => {
  const date = new Date(2026, 0, 31, 9, 4, 1, 7);
  assert.equal(formatTimeOfDay(date.toISOString()), "09:04:01.007");
});

test("the request column takes what the terminal has, and cuts what is longer", () => {
  const target = `/${"x".repeat(300)}`;
  for (const width of [90, 107, 160, 250]) {
    const row = request({ target }, width);
    assert.ok(widthOf(row) <= width, row);
    assert.match(row, /GET \/x+… +200/);
  }
  assert.doesNotMatch(request({}, 80), /412 B/, "a narrow terminal shows no sizes");
  assert.ok(widthOf(request({ target }, 80)) <= 80);
});

test("a longer process or peer widens its column from then on", () => {
  const first = renderRequest(layout, { ...requestSample, peer: "[2001:db8::8a2e:370:7334]:52144" }, false);
  const second = renderRequest(first.layout, requestSample, false);
  assert.equal(first.text.indexOf("GET"), second.text.indexOf("GET"));
  assert.ok(widthOf(first.text) <= 107);
  assert.equal(renderRequest(second.layout, requestSample, false).layout, second.layout);
});

test("an unanswered request has no status and no latency, a truncated target goes on", () => {
  assert.match(request({ status: null, latencyNs: null }), /GET \/stock\?sku=… +– +– +412 B/);
  assert.match(request({ target: "/long", targetTruncated: true }), /GET \/long… /);
});

test("colours come only when asked for: client errors yellow, server errors red, connections dim", () => {
  const yellow = request({ status: 404 }, 107, true);
  assert.ok(yellow.startsWith("\x1b[33m") && yellow.endsWith("\x1b[0m"));
  assert.ok(request({ status: 503 }, 107, true).startsWith("\x1b[31m"));
  assert.ok(renderConnection(layout, connectionSample, true).text.startsWith("\x1b[2m"));
  assert.equal(request({ status: 200 }, 107, true), request({ status: 200 }));
  assert.ok(!request({ status: 503 }).includes("\x1b"));
});

test("the summary says what was seen, lost and spent", () => {
  assert.equal(
    renderSummary(summarySample, 10_200_000_000),
    "1,204 requests on 38 connections in 10.2 s · 0 lost · probes ≈ 0.3 % + agent 0.6 % of one CPU",
  );
  const sampled = { ...summarySample, requests: { server: 1, client: 0 }, connections: 1, lost: 1200, sampledOut: 5 };
  assert.match(
    renderSummary(sampled, 1e9),
    /^1 request on 1 connection in 1.00 s · 1,200 lost · 5 counted but not shown · /,
  );
});

test("whatever methods, targets and names hold, a row is one line without controls that fits the terminal", () => {
  const text = fc.string({ unit: "binary", maxLength: 80 });
  fc.assert(
    fc.property(
      text,
      text,
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.integer({ min: 100, max: 200 }),
      (method, target, name, width) => {
        const row = request({ method, target, process: { pid: 1, name } }, width);
        assert.doesNotMatch(row, /[\p{C}\u2028\u2029]/u);
        assert.ok(widthOf(row) <= width, row);
      },
    ),
  );
});
