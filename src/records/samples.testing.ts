/** One record of each kind, as the documentation shows them. */

import type { ConnectionRecord, RequestRecord, SummaryRecord } from "./index.ts";

export const requestSample: RequestRecord = {
  type: "request",
  time: "2026-01-31T12:04:31.120Z",
  process: { pid: 4711, name: "node" },
  cgroup: "tarsier-4f2a",
  role: "server",
  local: "127.0.0.1:8080",
  peer: "127.0.0.1:52144",
  protocol: "http/1.1",
  method: "GET",
  target: "/stock?sku=…",
  status: 200,
  latencyNs: 1_840_211,
  firstByteNs: 1_790_004,
  requestBytes: 131,
  responseBytes: 412,
};

export const connectionSample: ConnectionRecord = {
  type: "connection",
  time: "2026-01-31T12:04:31.119Z",
  process: { pid: 4711, name: "node" },
  cgroup: "tarsier-4f2a",
  role: "client",
  local: "[::1]:52150",
  peer: "[::1]:5432",
  sentBytes: 1_204,
  receivedBytes: 88_410,
  durationNs: 2_400_120_554,
  end: "closed",
};

export const summarySample: SummaryRecord = {
  type: "summary",
  requests: { server: 802, client: 402 },
  connections: 38,
  lost: 0,
  sampledOut: 0,
  agentCpuNs: 61_200_000,
  probeCpuNsEstimate: 30_600_000,
};
