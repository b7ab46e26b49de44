/** Events of the kernel → records for people and programs. */

import { End, Role } from "../programs/layouts.ts";
import { exchangeFrom } from "../protocols/http1/index.ts";
import type { ConnectionEndReason, ConnectionRecord, RequestRecord } from "../records/index.ts";
import { type WallClock, wallClock } from "./clock.ts";
import { type ConnectionEvent, type ExchangeEvent, readEvent } from "./events.ts";
import { type Parties, type Party, rememberParties } from "./parties.ts";
import { type Directives, followRawConnections } from "./raw-connections.ts";
import type { Recorder } from "./recording/recorder.ts";
import { type ExchangeHead, type ExchangeMeasures, nsBetween, requestRecord } from "./request-record.ts";
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

/** What else a reader may be given. */
export interface ReaderOptions {
  /** Keeps what is observed. */
  readonly recorder?: Pick<Recorder, "begin" | "transfer" | "bytes" | "connection"> | undefined;
  /** Where it is not this machine, now, that is observed. */
  readonly clock?: WallClock;
  readonly parties?: Parties;
}

/** A reader for one observation. */
export function createReader(
  scope: Pick<Scope, "label">,
  sink: RecordSink,
  directives: Directives,
  { recorder, clock = wallClock(), parties = rememberParties() }: ReaderOptions = {},
): Reader {
  recorder?.begin(scope.label, clock.begun);
  const counted = { server: 0, client: 0 };
  const report = (party: Party, head: ExchangeHead, measures: ExchangeMeasures, isWhole: boolean) => {
    const frame = { time: clock.iso(measures.requestStartNs), cgroup: scope.label, party };
    sink.request(requestRecord(frame, head, measures, isWhole));
  };

  const raw = followRawConnections<Party>(directives, (party, exchange) => {
    counted[party.role]++;
    report(party, exchange, exchange, exchange.complete);
  });

  const exchange = (event: ExchangeEvent) => {
    const head = exchangeFrom(event.requestText, event.responseText);
    if (head === null) {
      // The kernel took it for a request by its first bytes; it is none.
      counted[event.endpoint.role === Role.server ? "server" : "client"]--;
      return;
    }
    const isAnswered = event.responseBytes > 0;
    const measures = isAnswered ? event : { ...event, responseStartNs: null, responseEndNs: null };
    report(parties.of(event.endpoint), head, measures, event.kind === "exchange");
  };

  const connection = (event: ConnectionEvent) => {
    const party = parties.of(event.endpoint);
    recorder?.connection(event, party);
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
      durationNs: nsBetween(event.startNs, event.endNs),
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
        case "transfer":
          return recorder?.transfer(event, parties.of(event.endpoint));
        case "part":
          return recorder?.bytes(event);
        case "segment":
          recorder?.bytes(event);
          return raw.segment(event, parties.of(event.endpoint));
        case "connection":
          return connection(event);
      }
    },
    end: raw.endAll,
  };
}
