import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { End, Role } from "../programs/layouts.ts";
import { connectionEvent, endRecord, exchangeEvent, exchangeRecord, segmentEvent } from "./encoded.testing.ts";
import { readEvent } from "./events.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const exact = fc.bigInt({ min: 0n, max: 2n ** 53n - 1n });

test("an exchange is read with both of its heads", () => {
  const event = exchangeEvent("exchange", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n");
  assert.equal(event.kind, "exchange");
  assert.equal(text(event.requestText), "GET / HTTP/1.1\r\n\r\n");
  assert.equal(text(event.responseText), "HTTP/1.1 204 No Content\r\n\r\n");
  assert.equal(event.endpoint.cookie, 7);
  assert.equal(event.endpoint.role, Role.server);
  assert.equal(event.endpoint.process, 4711);
});

test("every number of an exchange that a JavaScript number can hold is read exactly", () => {
  const numbers = fc.record({
    requestStartNs: exact,
    requestEndNs: exact,
    responseStartNs: exact,
    responseEndNs: exact,
    requestBytes: exact,
    responseBytes: exact,
    requestOffset: exact,
    responseOffset: exact,
  });
  fc.assert(
    fc.property(numbers, (values) => {
      const event: Record<string, unknown> = { ...exchangeEvent("unfinished", "GET", "", values) };
      for (const [name, value] of Object.entries(values)) assert.equal(event[name], Number(value));
    }),
  );
});

test("a segment tells its direction, its place in the stream, and the bytes that could be read", () => {
  fc.assert(
    fc.property(exact, exact, fc.string(), fc.boolean(), (offset, lengthBytes, bytes, isSent) => {
      const event = segmentEvent(bytes, { offset, lengthBytes, direction: isSent ? 1 : 0 });
      assert.equal(event.offset, Number(offset));
      assert.equal(event.lengthBytes, Number(lengthBytes));
      assert.equal(event.isSent, isSent);
      assert.equal(text(event.text), text(new TextEncoder().encode(bytes)));
    }),
  );
});

test("a connection's end is read with its totals", () => {
  const event = connectionEvent(End.reset, { sentBytes: 12n, receivedBytes: 2n ** 40n, startNs: 5n, endNs: 6n });
  assert.equal(event.end, End.reset);
  assert.equal(event.sentBytes, 12);
  assert.equal(event.receivedBytes, 2 ** 40);
  assert.equal(event.endNs - event.startNs, 1);
});

test("a cookie that the kernel counted down from the end of 64 bits is a small negative number", () => {
  assert.equal(connectionEvent(End.closed, { endpoint: { cookie: 2n ** 64n - 1n } }).endpoint.cookie, -1);
  assert.equal(connectionEvent(End.closed, { endpoint: { cookie: 2n ** 64n - 4096n } }).endpoint.cookie, -4096);
});

test("a record in the middle of a buffer is read in its place", () => {
  const [first, second] = [exchangeRecord("exchange", "GET /a", ""), exchangeRecord("switched", "GET /b", "")];
  const buffer = new Uint8Array(16 + first.byteLength + second.byteLength);
  buffer.set(new Uint8Array(first.buffer), 16);
  buffer.set(new Uint8Array(second.buffer), 16 + first.byteLength);
  const view = new DataView(buffer.buffer, 16);
  const event = readEvent(view, first.byteLength);
  assert.equal(event?.kind, "switched");
  assert.equal(event?.kind === "switched" && text(event.requestText), "GET /b");
});

test("a kind that no program of ours writes is passed over", () => {
  const record = endRecord(End.closed);
  record.setUint32(0, 99, true);
  assert.equal(readEvent(record, 0), undefined);
});
