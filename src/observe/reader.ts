/** Events of the kernel → records for people and programs. */

import type { TypedMap } from "../kernel/index.ts";
import { type Directive, End, Role } from "../programs/layouts.ts";
import { exchangeFrom, type HttpVersion, redactTarget } from "../protocols/http1/index.ts";
import type { ConnectionEndReason, ConnectionRecord, RequestRecord } from "../records/index.ts";
import { wallClock } from "./clock.ts";
import { type ConnectionEvent, type ExchangeEvent, readEvent } from "./events.ts";
import { type Party, rememberParties } from "./parties.ts";
import { followRawConnections } from "./raw-connections.ts";
import type { Scope } from "./scope.ts";

/** Where records go. Calls come in bursts; `flush` ends each. */
export interface RecordSink {
  request(record: RequestRecord): void;
  connection(record: ConnectionRecord): void;
  flush(): void;
}

const ends: Readonly<Record<number, ConnectionEndReason>> = {
  [End.open]: "open",
  [End.closed]: "closed",
  [End.reset]: "reset",
  [End.refused]: "refused",
  [End.timeout]: "timeout",
};

/** Reads events; `counted` are the requests of raw connections, which the kernel could not count. */
export interface Reader {
  readonly counted: Readonly<Record<"server" | "client", number>>;
  read(view: DataView, offset: number): void;
}

/** A reader for one observation. */
export function createReader(scope: Scope, sink: RecordSink, directives: TypedMap<bigint, Directive>): Reader {
  const clock = wallClock();
  const parties = rememberParties();
  const counted = { server: 0, client: 0 };
  const rawParties = new Map<number, Party>();
  const raw = followRawConnections(directives, (cookie, exchange) => {
    const party = rawParties.get(cookie);
    if (party === undefined) return;
    counted[party.role]++;
    const { requestStartNs, responseStartNs, responseEndNs } = exchange;
    sink.request({
      ...requestBase(party, requestStartNs, exchange.version),
      method: exchange.method,
      target: redactTarget(exchange.target),
      status: exchange.status,
      latencyNs: responseEndNs === null ? null : responseEndNs - requestStartNs,
      firstByteNs: responseStartNs === null ? null : responseStartNs - requestStartNs,
      requestBytes: exchange.requestBytes,
      responseBytes: exchange.responseBytes,
      ...(exchange.requestTruncated && { targetTruncated: true }),
      ...(!exchange.complete && { incomplete: true }),
    });
  });

  const requestBase = (party: Party, startNs: number, version: HttpVersion | null) => ({
    type: "request" as const,
    time: clock.iso(startNs),
    process: party.process,
    cgroup: scope.label,
    role: party.role,
    local: party.local,
    peer: party.peer,
    protocol: version === "1.0" ? "http/1.0" : "http/1.1",
  });

  const exchange = (event: ExchangeEvent) => {
    const head = exchangeFrom(event.requestText, event.responseText);
    if (head === null) {
      // The kernel took it for a request by its first bytes; it is none.
      counted[event.endpoint.role === Role.server ? "server" : "client"]--;
      return;
    }
    const { requestStartNs, responseStartNs, responseEndNs } = event;
    const answered = event.responseBytes > 0;
    sink.request({
      ...requestBase(parties.of(event.endpoint), requestStartNs, head.version),
      method: head.method,
      target: redactTarget(head.target),
      status: head.status,
      latencyNs: answered ? responseEndNs - requestStartNs : null,
      firstByteNs: answered ? responseStartNs - requestStartNs : null,
      requestBytes: event.requestBytes,
      responseBytes: event.responseBytes,
      ...(event.kind === "unfinished" && { incomplete: true }),
    });
  };

  const connection = (event: ConnectionEvent) => {
    const party = parties.of(event.endpoint);
    raw.end(event.endpoint, event.end === End.closed || event.end === End.open);
    rawParties.delete(event.endpoint.cookie);
    parties.forget(event.endpoint);
    sink.connection({
      type: "connection",
      time: clock.iso(event.startNs),
      process: party.process,
      cgroup: scope.label,
      role: party.role,
      local: party.local,
      peer: party.peer,
      sentBytes: event.sentBytes,
      receivedBytes: event.receivedBytes,
      durationNs: event.endNs - event.startNs,
      end: ends[event.end] ?? "open",
    });
  };

  return {
    counted,
    read(view: DataView, offset: number) {
      const event = readEvent(view, offset);
      switch (event?.kind) {
        case "exchange":
        case "unfinished":
          return exchange(event);
        case "switched":
          rawParties.set(event.endpoint.cookie, parties.of(event.endpoint));
          return raw.handOver(event);
        case "segment":
          rawParties.set(event.endpoint.cookie, parties.of(event.endpoint));
          return raw.segment(event);
        case "connection":
          return connection(event);
      }
    },
  };
}
