/**
 * Connections that the kernel does not pair itself: their segments are read and paired here. When one is in step
 * again, or is no HTTP, the kernel is told by a directive.
 */

import type { TypedMap } from "../kernel/index.ts";
import { type Directive, Role } from "../programs/layouts.ts";
import { type Exchange, Http1Connection, type Side } from "../protocols/http1/index.ts";
import type { EndpointView, ExchangeEvent, SegmentEvent } from "./events.ts";

/** One connection. Stream offsets of the kernel become offsets from the point of hand-over. */
interface RawConnection {
  readonly http: Http1Connection;
  readonly role: number;
  bases: Record<Side, number> | undefined;
  /** Segments that came before the hand-over that they belong behind: copies, by side. */
  early: { readonly side: Side; readonly event: SegmentEvent }[];
  opaqueSaid: boolean;
}

/** Called with each exchange of a raw connection. */
export type ExchangeListener = (cookie: number, exchange: Exchange) => void;

/** Raw connections by cookie. */
export interface RawConnections {
  handOver(event: ExchangeEvent): void;
  segment(event: SegmentEvent): void;
  /** The connection is over; `clean` when it was closed by agreement. */
  end(endpoint: EndpointView, clean: boolean): void;
  /** Bytes that could not be read as messages. */
  skippedBytes(): number;
}

/** Connections followed at once, and segments kept for one whose hand-over is still to come. */
const connectionLimit = 16_384;
const earlyLimit = 64;

export function followRawConnections(directives: TypedMap<bigint, Directive>, emit: ExchangeListener): RawConnections {
  const connections = new Map<number, RawConnection>();
  let skippedBytes = 0;

  const open = ({ cookie, role }: EndpointView): RawConnection => {
    let connection = connections.get(cookie);
    if (connection === undefined) {
      if (connections.size >= connectionLimit) drop(connections.keys().next().value!, false);
      connection = {
        http: new Http1Connection((exchange) => emit(cookie, exchange)),
        role,
        bases: undefined,
        early: [],
        opaqueSaid: false,
      };
      connections.set(cookie, connection);
    }
    return connection;
  };

  const push = (cookie: number, connection: RawConnection, side: Side, event: SegmentEvent) => {
    const base = connection.bases![side];
    const { lengthBytes: length, timeNs, text: data } = event;
    connection.http.push(side, { offset: event.offset - base, length, timeNs, data });
    direct(cookie, connection);
  };

  const direct = (cookie: number, connection: RawConnection) => {
    const { state } = connection.http;
    if ((state === "notHttp" || state === "switched") && !connection.opaqueSaid) {
      connection.opaqueSaid = true;
      directives.set(BigInt(cookie), { opaque: 1, padding: 0, requestOffset: 0n, responseOffset: 0n });
      return;
    }
    const idle = connection.http.idleAt();
    if (idle === undefined || connection.bases === undefined) return;
    const requestOffset = BigInt(connection.bases.request + idle.request);
    const responseOffset = BigInt(connection.bases.response + idle.response);
    directives.set(BigInt(cookie), { opaque: 0, padding: 0, requestOffset, responseOffset });
  };

  const drop = (cookie: number, clean: boolean) => {
    const connection = connections.get(cookie);
    if (connection === undefined) return;
    for (const { side, event } of connection.early.splice(0)) {
      connection.bases ??= { request: 0, response: 0, [side]: event.offset };
      push(cookie, connection, side, event);
    }
    connection.http.close(clean);
    skippedBytes += connection.http.skippedBytes;
    connections.delete(cookie);
    directives.delete(BigInt(cookie));
  };

  return {
    handOver(event) {
      const { cookie } = event.endpoint;
      // A connection that was clean again in between begins anew.
      if (connections.get(cookie)?.bases !== undefined) drop(cookie, true);
      const connection = open(event.endpoint);
      connection.bases = { request: event.requestOffset, response: event.responseOffset };
      const { requestBytes, responseBytes, requestStartNs, requestEndNs, responseStartNs, responseEndNs } = event;
      pushTurn(connection, "request", event.requestText, requestBytes, requestStartNs, requestEndNs);
      pushTurn(connection, "response", event.responseText, responseBytes, responseStartNs, responseEndNs);
      for (const { side, event: early } of connection.early.splice(0)) push(cookie, connection, side, early);
    },
    segment(event) {
      const { cookie, role } = event.endpoint;
      const connection = open(event.endpoint);
      const side: Side = event.isSent === (role === Role.client) ? "request" : "response";
      if (connection.bases !== undefined) return push(cookie, connection, side, event);
      connection.early.push({ side, event: { ...event, text: event.text.slice() } });
      if (connection.early.length > earlyLimit) connection.early.shift();
    },
    end: (endpoint, clean) => drop(endpoint.cookie, clean),
    skippedBytes: () => skippedBytes,
  };
}

/** What the kernel had of a turn: the head's text, then bytes that it only counted. */
function pushTurn(
  { http }: RawConnection,
  side: Side,
  text: Uint8Array,
  lengthBytes: number,
  startNs: number,
  endNs: number,
): void {
  if (lengthBytes === 0) return;
  http.push(side, { offset: 0, length: text.length, timeNs: startNs, data: text });
  const rest = lengthBytes - text.length;
  if (rest > 0) http.push(side, { offset: text.length, length: rest, timeNs: endNs, data: new Uint8Array(0) });
}
