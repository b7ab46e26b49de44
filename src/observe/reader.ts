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
  readonly counted: Readonly<Record<Party["role"], number>>;
  read(view: DataView, offset: number): void;
  /** Losses that only user space sees: bytes of raw connections that were missed. */
  lost(): number;
  /** Reports what is still in hand: requests of connections whose end was lost. */
  end(): void;
}

/** An answer may be sent before its request is: a timeout of the server's, say. */
const since = (startNs: number, endNs: number) => Math.max(0, endNs - startNs);

/** A reader for one observation. */
export function createReader(scope: Scope, sink: RecordSink, directives: TypedMap<bigint, Directive>): Reader {
  const clock = wallClock();
  const parties = rememberParties();
  const counted = { server: 0, client: 0 };
  const report = (
    party: Party,
    head: {
      method: string;
      target: string;
      status: number | null;
      version: HttpVersion | null;
      requestTruncated: boolean;
    },
    times: { requestStartNs: number; responseStartNs: number | null; responseEndNs: number | null },
    requestBytes: number,
    responseBytes: number,
    isWhole: boolean,
  ) => {
    const { requestStartNs, responseStartNs, responseEndNs } = times;
    // One literal with all its keys: built from parts it costs ten times as much.
    const record: RequestRecord = {
      type: "request",
      time: clock.iso(requestStartNs),
      process: party.process,
      cgroup: scope.label,
      role: party.role,
      local: party.local,
      peer: party.peer,
      protocol: head.version === "1.0" ? "http/1.0" : "http/1.1",
      method: head.method,
      target: redactTarget(head.target, head.requestTruncated),
      status: head.status,
      latencyNs: responseEndNs === null ? null : since(requestStartNs, responseEndNs),
      firstByteNs: responseStartNs === null ? null : since(requestStartNs, responseStartNs),
      requestBytes,
      responseBytes,
    };
    if (isWhole && !head.requestTruncated) return sink.request(record);
    sink.request({
      ...record,
      ...(head.requestTruncated && { targetTruncated: true as const }),
      ...(!isWhole && { incomplete: true as const }),
    });
  };

  const raw = followRawConnections<Party>(directives, (party, exchange) => {
    counted[party.role]++;
    report(party, exchange, exchange, exchange.requestBytes, exchange.responseBytes, exchange.complete);
  });

  const exchange = (event: ExchangeEvent) => {
    const head = exchangeFrom(event.requestText, event.responseText);
    if (head === null) {
      // The kernel took it for a request by its first bytes; it is none.
      counted[event.endpoint.role === Role.server ? "server" : "client"]--;
      return;
    }
    const isAnswered = event.responseBytes > 0;
    const times = isAnswered ? event : { ...event, responseStartNs: null, responseEndNs: null };
    const isWhole = event.kind === "exchange";
    report(parties.of(event.endpoint), head, times, event.requestBytes, event.responseBytes, isWhole);
  };

  const connection = (event: ConnectionEvent) => {
    const party = parties.of(event.endpoint);
    raw.end(event.endpoint, event.end === End.closed);
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
      durationNs: since(event.startNs, event.endNs),
      end: ends[event.end] ?? "open",
    });
  };

  return {
    counted,
    lost: raw.holes,
    read(view: DataView, offset: number) {
      const event = readEvent(view, offset);
      switch (event?.kind) {
        case "exchange":
        case "unfinished":
          return exchange(event);
        case "switched":
          return raw.handOver(event, parties.of(event.endpoint));
        case "segment":
          return raw.segment(event, parties.of(event.endpoint));
        case "connection":
          return connection(event);
      }
    },
    end: raw.endAll,
  };
}
