/**
 * Connections that the kernel does not pair itself: their segments are read and paired here. When one is in step
 * again, or is no HTTP, the kernel is told by a directive.
 */

import { KernelError } from "../errors/error.ts";
import type { TypedMap } from "../kernel/index.ts";
import { type Directive, Role } from "../programs/layouts.ts";
import { type Exchange, Http1Connection, type Side, type StreamOffsets } from "../protocols/http1/index.ts";
import type { EndpointView, ExchangeEvent, SegmentEvent } from "./events.ts";

/** The reading of one connection. Stream offsets of the kernel become offsets from `bases`. */
interface Reading {
  readonly http: Http1Connection;
  readonly role: number;
  readonly bases: StreamOffsets;
  /** Where the kernel was told that it may go on by itself, until it is known that it did not. */
  resumableAt: StreamOffsets | undefined;
  opaqueSaid: boolean;
}

/** One connection. `owner` is whatever its exchanges are to be reported with. */
interface RawConnection<Owner> {
  owner: Owner;
  /** Undefined until the hand-over. */
  reading: Reading | undefined;
  /** Segments that another processor recorded before the hand-over that they belong behind: copies. */
  early: SegmentEvent[];
}

/** Raw connections by cookie. */
export interface RawConnections<Owner> {
  /** How often bytes were missed that messages may have been in, on connections that are over. */
  holes(): number;
  handOver(event: ExchangeEvent, owner: Owner): void;
  segment(event: SegmentEvent, owner: Owner): void;
  /** The connection is over; `clean` when it was closed by agreement. */
  end(endpoint: EndpointView, clean: boolean): void;
  /** The observation is over. */
  endAll(): void;
}

/** What the kernel is told of connections, by their cookies. */
export type Directives = Pick<TypedMap<bigint, Directive>, "get" | "set" | "delete">;

/** Connections followed at once, and segments kept for one whose hand-over is still to come. */
const connectionLimit = 16_384;
const earlyLimit = 16;

/** `emit` gets each exchange of a raw connection with the connection's owner. */
export function followRawConnections<Owner>(
  directives: Directives,
  emit: (owner: Owner, exchange: Exchange) => void,
): RawConnections<Owner> {
  const connections = new Map<number, RawConnection<Owner>>();
  let holes = 0;

  const open = ({ cookie }: EndpointView, owner: Owner): RawConnection<Owner> => {
    let connection = connections.get(cookie);
    if (connection === undefined) {
      if (connections.size >= connectionLimit) drop(connections.keys().next().value!, false);
      connection = { owner, reading: undefined, early: [] };
      connections.set(cookie, connection);
    }
    connection.owner = owner;
    return connection;
  };

  const read = (connection: RawConnection<Owner>, role: number, bases: StreamOffsets, start?: null): Reading => {
    const http = new Http1Connection((exchange) => emit(connection.owner, exchange), start);
    connection.reading = { http, role, bases, resumableAt: undefined, opaqueSaid: false };
    return connection.reading;
  };

  /** Reads what came early. Where the hand-over was lost, messages are looked for from the middle on. */
  const readEarly = (cookie: number, connection: RawConnection<Owner>) => {
    const early = connection.early.splice(0);
    const role = early.find(({ endpoint }) => endpoint.role !== Role.unknown)?.endpoint.role;
    const reading =
      connection.reading ??
      (role === undefined ? undefined : read(connection, role, { request: 0, response: 0 }, null));
    if (reading !== undefined) for (const event of early) push(cookie, reading, event);
  };

  const push = (cookie: number, reading: Reading, event: SegmentEvent) => {
    const side = sideOf(reading, event);
    const { lengthBytes: length, timeNs, text: data } = event;
    reading.http.push(side, { offset: event.offset - reading.bases[side], length, timeNs, data });
    direct(cookie, reading);
  };

  const direct = (cookie: number, reading: Reading) => {
    const { state } = reading.http;
    if (state === "notHttp" || state === "switched") {
      reading.opaqueSaid ||= tell(cookie, { opaque: 1, padding: 0, requestOffset: 0n, responseOffset: 0n });
      return;
    }
    const idle = reading.http.idleAt();
    if (idle === undefined) return;
    const request = reading.bases.request + idle.request;
    const response = reading.bases.response + idle.response;
    const requestOffset = BigInt(request);
    const responseOffset = BigInt(response);
    if (tell(cookie, { opaque: 0, padding: 0, requestOffset, responseOffset })) {
      reading.resumableAt = { request, response };
    }
  };

  /** False when there is no room for more: then the connection stays raw, which costs more and loses nothing. */
  const tell = (cookie: number, directive: Directive): boolean => {
    try {
      directives.set(keyOf(cookie), directive);
      return true;
    } catch (error) {
      if (error instanceof KernelError) return false;
      throw error;
    }
  };

  const drop = (cookie: number, clean: boolean) => {
    const connection = connections.get(cookie);
    if (connection === undefined) return;
    connections.delete(cookie);
    readEarly(cookie, connection);
    connection.reading?.http.close(clean);
    holes += connection.reading?.http.holes ?? 0;
    directives.delete(keyOf(cookie));
  };

  return {
    holes: () => holes,
    handOver(event, owner) {
      const { cookie, role } = event.endpoint;
      // A connection that was clean again in between begins anew; what came early belongs to the new beginning.
      const early = connections.get(cookie)?.early.splice(0) ?? [];
      if (connections.get(cookie)?.reading !== undefined) drop(cookie, true);
      const connection = open(event.endpoint, owner);
      connection.early = early;
      const reading = read(connection, role, { request: event.requestOffset, response: event.responseOffset });
      const { requestBytes, responseBytes, requestStartNs, requestEndNs, responseStartNs, responseEndNs } = event;
      pushTurn(reading, "request", event.requestText, requestBytes, requestStartNs, requestEndNs);
      pushTurn(reading, "response", event.responseText, responseBytes, responseStartNs, responseEndNs);
      readEarly(cookie, connection);
    },
    segment(event, owner) {
      const { cookie } = event.endpoint;
      const connection = open(event.endpoint, owner);
      const { reading } = connection;
      if (reading !== undefined && goesOn(reading, event)) {
        reading.resumableAt = undefined;
        push(cookie, reading, event);
        if (connection.early.length > 0) readEarly(cookie, connection);
        return;
      }
      connection.early.push({ ...event, text: event.text.slice() });
      if (connection.early.length < earlyLimit) return;
      if (reading !== undefined) reading.resumableAt = undefined;
      readEarly(cookie, connection);
    },
    end: (endpoint, clean) => drop(endpoint.cookie, clean),
    endAll() {
      for (const cookie of [...connections.keys()]) drop(cookie, false);
    },
  };
}

/**
 * Whether a segment continues what is read here. After the kernel was told that it may go on by itself, only the next
 * request shows that it did not; anything else may be of a later time, and waits for a hand-over.
 */
function goesOn(reading: Reading, event: SegmentEvent): boolean {
  const { resumableAt } = reading;
  if (resumableAt === undefined) return true;
  return sideOf(reading, event) === "request" && event.offset === resumableAt.request;
}

const sideOf = ({ role }: Reading, { isSent }: SegmentEvent): Side =>
  isSent === (role === Role.client) ? "request" : "response";

/** The kernel's key of a connection: cookies are 64 bit without a sign there. */
const keyOf = (cookie: number) => BigInt.asUintN(64, BigInt(cookie));

/** What the kernel had of a turn: the head's text, then bytes that it only counted. */
function pushTurn(
  { http }: Reading,
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
