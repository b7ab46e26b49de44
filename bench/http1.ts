import { jsonLine } from "../src/export/json-lines.ts";
import { exchangeFrom, Http1Connection, redactTarget } from "../src/protocols/http1/index.ts";
import type { RequestRecord } from "../src/records/index.ts";

const ROUNDS = 5;
const REQUESTS = 300_000;

const encoder = new TextEncoder();
const requests = Array.from({ length: 16 }, (_, index) =>
  encoder.encode(
    `GET /stock?sku=sku-${index}&n=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: bench/1.0\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n`,
  ),
);
const response = encoder.encode(
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\nDate: Sat, 31 Jan 2026 12:04:31 GMT\r\nConnection: keep-alive\r\n\r\n{"available":3}',
);
const party = {
  time: "2026-01-31T12:04:31.120Z",
  process: { pid: 4711, name: "node" },
  cgroup: "tarsier-4f2a",
  role: "server",
  local: "127.0.0.1:8080",
  peer: "127.0.0.1:52144",
} as const;

function recordOf(request: Uint8Array): RequestRecord {
  const head = exchangeFrom(request, response)!;
  return {
    type: "request",
    time: party.time,
    process: party.process,
    cgroup: party.cgroup,
    role: party.role,
    local: party.local,
    peer: party.peer,
    protocol: "http/1.1",
    method: head.method,
    target: redactTarget(head.target, head.requestTruncated),
    status: head.status,
    latencyNs: 1_840_211,
    firstByteNs: 1_790_004,
    requestBytes: request.length,
    responseBytes: response.length,
  };
}

function head(request: Uint8Array): number {
  return exchangeFrom(request, response)!.target.length;
}

function line(request: Uint8Array): number {
  return jsonLine(recordOf(request)).length;
}

function pairing(): (request: Uint8Array) => number {
  let paired = 0;
  let timeNs = 0;
  const offsets = { request: 0, response: 0 };
  const connection = new Http1Connection(() => paired++);
  return (request) => {
    connection.push("request", { offset: offsets.request, length: request.length, timeNs: timeNs++, data: request });
    connection.push("response", {
      offset: offsets.response,
      length: response.length,
      timeNs: timeNs++,
      data: response,
    });
    offsets.request += request.length;
    offsets.response += response.length;
    return paired;
  };
}

function measure(name: string, run: (request: Uint8Array) => number): void {
  const rounds: number[] = [];
  let sum = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const begun = process.hrtime.bigint();
    for (let index = 0; index < REQUESTS; index++) sum += run(requests[index & 15]!);
    if (round > 0) rounds.push(Number(process.hrtime.bigint() - begun) / REQUESTS);
  }
  rounds.sort((a, b) => a - b);
  const median = rounds[ROUNDS >> 1]!;
  const spread = `${rounds[0]!.toFixed(0)}–${rounds.at(-1)!.toFixed(0)}`;
  console.log(
    `${name}: ${median.toFixed(0)} ns a request (${spread}), ${Math.round(1e9 / median)} a second [${sum % 10}]`,
  );
}

measure("exchangeFrom", head);
measure("exchangeFrom, redact and JSON line", line);
measure("raw segments, paired", pairing());
