import assert from "node:assert/strict";
import { test } from "node:test";
import { Direction, End, Role } from "../programs/layouts.ts";
import type { ConnectionRecord, RequestRecord } from "../records/index.ts";
import { endRecord, exchangeRecord, fakeDirectives, segmentRecord } from "./encoded.testing.ts";
import { createReader } from "./reader.ts";

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: shop\r\n\r\n`;
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** The records that a reader makes of the kernel's, in order. */
function read(...records: DataView[]) {
  const requests: RequestRecord[] = [];
  const connections: ConnectionRecord[] = [];
  const sink = {
    request: (record: RequestRecord) => void requests.push(record),
    connection: (record: ConnectionRecord) => void connections.push(record),
    flush: () => {},
  };
  const scope = { kind: "cgroup", id: 1n, level: 1, label: "tarsier-test" } as const;
  const reader = createReader(scope, sink, fakeDirectives());
  for (const record of records) reader.read(record, 0);
  return { reader, requests, connections };
}

test("a clean exchange is a request with its latencies, sizes and parties", () => {
  const { requests, reader } = read(exchangeRecord("exchange", get("/cart/7?user=ada"), ok));
  const { time, ...request } = requests[0]!;
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(request, {
    type: "request",
    process: { pid: 4711, name: "nginx" },
    cgroup: "tarsier-test",
    role: "server",
    local: "127.0.0.1:8080",
    peer: "10.0.0.2:50000",
    protocol: "http/1.1",
    method: "GET",
    target: "/cart/7?user=…",
    status: 200,
    latencyNs: 3000,
    firstByteNs: 2000,
    requestBytes: get("/cart/7?user=ada").length,
    responseBytes: ok.length,
  });
  assert.deepEqual(reader.counted, { server: 0, client: 0 }, "the kernel has counted it");
});

test("a request without an answer has no status and no latency, and says that it is incomplete", () => {
  const { requests } = read(exchangeRecord("unfinished", get("/slow"), ""));
  const [request] = requests;
  assert.deepEqual([request?.status, request?.latencyNs, request?.firstByteNs], [null, null, null]);
  assert.equal(request?.incomplete, true);
});

test("what only began like a request is not told, and taken off the count", () => {
  const { requests, reader } = read(exchangeRecord("exchange", "GET out of here\r\n\r\n", "HTTP/1.1 400 Bad\r\n\r\n"));
  assert.equal(requests.length, 0);
  assert.equal(reader.counted.server, -1);
});

test("requests of a raw connection are counted here", () => {
  const { requests, reader } = read(
    exchangeRecord("switched", "", ""),
    segmentRecord(get("/a") + get("/b"), { startNs: 10n }),
    segmentRecord(ok + ok, { direction: Direction.sent, startNs: 30n }),
    endRecord(End.closed),
  );
  assert.deepEqual(
    requests.map(({ target, status, latencyNs }) => [target, status, latencyNs]),
    [
      ["/a", 200, 20],
      ["/b", 200, 20],
    ],
  );
  assert.deepEqual(reader.counted, { server: 2, client: 0 });
});

test("a latency is never negative, also where the answer was sent before its request", () => {
  const { requests } = read(
    exchangeRecord("switched", "", ""),
    segmentRecord("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", {
      direction: Direction.sent,
      startNs: 10n,
    }),
    segmentRecord(get("/late"), { startNs: 20n }),
    endRecord(End.closed),
  );
  assert.deepEqual(
    requests.map(({ status, latencyNs }) => [status, latencyNs]),
    [[408, 0]],
  );
});

test("a body that goes on until the connection ends is whole only if that ended by agreement", () => {
  const untilClose = (end: number) =>
    read(
      exchangeRecord("switched", get("/a"), ""),
      segmentRecord("HTTP/1.0 200 OK\r\n\r\nall of it", { direction: Direction.sent }),
      endRecord(end),
    ).requests[0]?.incomplete;
  assert.equal(untilClose(End.closed), undefined);
  assert.equal(untilClose(End.reset), true);
  assert.equal(untilClose(End.open), true);
});

test("a connection is told with what became of it", () => {
  const { connections } = read(endRecord(End.refused, { sentBytes: 3n, receivedBytes: 4n }));
  const { time: _time, ...connection } = connections[0]!;
  assert.deepEqual(connection, {
    type: "connection",
    process: { pid: 4711, name: "nginx" },
    cgroup: "tarsier-test",
    role: "server",
    local: "127.0.0.1:8080",
    peer: "10.0.0.2:50000",
    sentBytes: 3,
    receivedBytes: 4,
    durationNs: 9000,
    end: "refused",
  });
});

test("what is still in hand is told at the end", () => {
  const { requests, reader } = read(exchangeRecord("switched", get("/a"), "", { endpoint: { role: Role.client } }));
  assert.equal(requests.length, 0);
  reader.end();
  assert.deepEqual(
    requests.map(({ target, role, status }) => [target, role, status]),
    [["/a", "client", null]],
  );
});
