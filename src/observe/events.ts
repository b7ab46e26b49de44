/** Ring-buffer records → events, read in place: numbers without bigint, text as views that live until the next record. */

import { ConnectionEnd, Direction, Endpoint, Exchange, RecordKind, Segment, Transfer } from "../programs/layouts.ts";
import { fieldOffset as at } from "./field-offset.ts";

/** Who talks to whom. `view` and `offset` lead to the addresses and the name, which are decoded only when needed. */
export interface EndpointView {
  /** As a number with a sign: the kernel gives out a few from −1 down, all others from 1 up. */
  readonly cookie: number;
  /** 1 client, 2 server, 0 not known (`Role`). */
  readonly role: number;
  readonly process: number;
  readonly view: DataView;
  readonly offset: number;
}

/** A whole exchange, or where one was when its connection was handed over. Times are of CLOCK_MONOTONIC. */
export interface ExchangeEvent {
  readonly kind: "exchange" | "unfinished" | "switched";
  readonly endpoint: EndpointView;
  readonly requestStartNs: number;
  readonly requestEndNs: number;
  readonly responseStartNs: number;
  readonly responseEndNs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly requestOffset: number;
  readonly responseOffset: number;
  readonly requestText: Uint8Array;
  readonly responseText: Uint8Array;
}

/** Bytes of a connection that user space reads itself; a `part` is for a recording only. */
export interface SegmentEvent {
  readonly kind: "segment" | "part";
  readonly endpoint: EndpointView;
  readonly isSent: boolean;
  readonly offset: number;
  readonly lengthBytes: number;
  readonly timeNs: number;
  readonly text: Uint8Array;
}

/** A transfer, told for a recording. `isDirected`: with it the connection was clean again. */
export interface TransferEvent {
  readonly kind: "transfer";
  readonly endpoint: EndpointView;
  readonly isSent: boolean;
  readonly isDirected: boolean;
  readonly connectionStartNs: number;
  readonly offset: number;
  readonly lengthBytes: number;
  readonly startNs: number;
  readonly endNs: number;
}

/** What became of a connection. `end` is one of `End`. */
export interface ConnectionEvent {
  readonly kind: "connection";
  readonly endpoint: EndpointView;
  readonly end: number;
  readonly startNs: number;
  readonly endNs: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export type ObservedEvent = ExchangeEvent | SegmentEvent | TransferEvent | ConnectionEvent;

const endpointAt = {
  exchange: at(Exchange, "endpoint"),
  segment: at(Segment, "endpoint"),
  transfer: at(Transfer, "endpoint"),
  end: at(ConnectionEnd, "endpoint"),
};
const cookieAt = at(Endpoint, "cookie");
const roleAt = at(Endpoint, "role");
const processAt = at(Endpoint, "process");

const exchangeAt = {
  requestTextLength: at(Exchange, "requestTextLength"),
  responseTextLength: at(Exchange, "responseTextLength"),
  requestStartNs: at(Exchange, "requestStartNs"),
  requestEndNs: at(Exchange, "requestEndNs"),
  responseStartNs: at(Exchange, "responseStartNs"),
  responseEndNs: at(Exchange, "responseEndNs"),
  requestBytes: at(Exchange, "requestBytes"),
  responseBytes: at(Exchange, "responseBytes"),
  requestOffset: at(Exchange, "requestOffset"),
  responseOffset: at(Exchange, "responseOffset"),
};
const segmentAt = {
  textLength: at(Segment, "textLength"),
  offset: at(Segment, "offset"),
  lengthBytes: at(Segment, "lengthBytes"),
  startNs: at(Segment, "startNs"),
  direction: at(Segment, "direction"),
};
const transferAt = {
  direction: at(Transfer, "direction"),
  directed: at(Transfer, "directed"),
  connectionStartNs: at(Transfer, "connectionStartNs"),
  offset: at(Transfer, "offset"),
  lengthBytes: at(Transfer, "lengthBytes"),
  startNs: at(Transfer, "startNs"),
  endNs: at(Transfer, "endNs"),
};
const endAt = {
  end: at(ConnectionEnd, "end"),
  startNs: at(ConnectionEnd, "startNs"),
  endNs: at(ConnectionEnd, "endNs"),
  sentBytes: at(ConnectionEnd, "sentBytes"),
  receivedBytes: at(ConnectionEnd, "receivedBytes"),
};

/** Reads the record at `offset`. Throws nothing: an unknown kind, which no program of ours writes, is `undefined`. */
export function readEvent(view: DataView, offset: number): ObservedEvent | undefined {
  switch (view.getUint32(offset, true)) {
    case RecordKind.exchange:
      return readExchange(view, offset, "exchange");
    case RecordKind.unfinished:
      return readExchange(view, offset, "unfinished");
    case RecordKind.switched:
      return readExchange(view, offset, "switched");
    case RecordKind.segment:
      return readSegment(view, offset, "segment");
    case RecordKind.part:
      return readSegment(view, offset, "part");
    case RecordKind.transfer:
      return {
        kind: "transfer",
        endpoint: readEndpoint(view, offset + endpointAt.transfer),
        isSent: view.getUint8(offset + transferAt.direction) === Direction.sent,
        isDirected: view.getUint8(offset + transferAt.directed) !== 0,
        connectionStartNs: number64(view, offset + transferAt.connectionStartNs),
        offset: number64(view, offset + transferAt.offset),
        lengthBytes: number64(view, offset + transferAt.lengthBytes),
        startNs: number64(view, offset + transferAt.startNs),
        endNs: number64(view, offset + transferAt.endNs),
      };
    case RecordKind.connection:
      return {
        kind: "connection",
        endpoint: readEndpoint(view, offset + endpointAt.end),
        end: view.getUint32(offset + endAt.end, true),
        startNs: number64(view, offset + endAt.startNs),
        endNs: number64(view, offset + endAt.endNs),
        sentBytes: number64(view, offset + endAt.sentBytes),
        receivedBytes: number64(view, offset + endAt.receivedBytes),
      };
  }
  return undefined;
}

function readExchange(view: DataView, offset: number, kind: ExchangeEvent["kind"]): ExchangeEvent {
  const requestAt = view.byteOffset + offset + Exchange.sizeBytes;
  const requestLength = view.getUint16(offset + exchangeAt.requestTextLength, true);
  const responseLength = view.getUint16(offset + exchangeAt.responseTextLength, true);
  return {
    kind,
    endpoint: readEndpoint(view, offset + endpointAt.exchange),
    requestStartNs: number64(view, offset + exchangeAt.requestStartNs),
    requestEndNs: number64(view, offset + exchangeAt.requestEndNs),
    responseStartNs: number64(view, offset + exchangeAt.responseStartNs),
    responseEndNs: number64(view, offset + exchangeAt.responseEndNs),
    requestBytes: number64(view, offset + exchangeAt.requestBytes),
    responseBytes: number64(view, offset + exchangeAt.responseBytes),
    requestOffset: number64(view, offset + exchangeAt.requestOffset),
    responseOffset: number64(view, offset + exchangeAt.responseOffset),
    requestText: new Uint8Array(view.buffer, requestAt, requestLength),
    responseText: new Uint8Array(view.buffer, requestAt + requestLength, responseLength),
  };
}

function readSegment(view: DataView, offset: number, kind: SegmentEvent["kind"]): SegmentEvent {
  const textLength = view.getUint32(offset + segmentAt.textLength, true);
  return {
    kind,
    endpoint: readEndpoint(view, offset + endpointAt.segment),
    isSent: view.getUint32(offset + segmentAt.direction, true) === Direction.sent,
    offset: number64(view, offset + segmentAt.offset),
    lengthBytes: number64(view, offset + segmentAt.lengthBytes),
    timeNs: number64(view, offset + segmentAt.startNs),
    text: new Uint8Array(view.buffer, view.byteOffset + offset + Segment.sizeBytes, textLength),
  };
}

function readEndpoint(view: DataView, offset: number): EndpointView {
  return {
    cookie: signed64(view, offset + cookieAt),
    role: view.getUint8(offset + roleAt),
    process: view.getUint32(offset + processAt, true),
    view,
    offset,
  };
}

/** A 64-bit number, exact below 2^53: nanoseconds for 104 days of uptime, bytes for ever. */
function number64(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true);
}

function signed64(view: DataView, offset: number): number {
  return view.getInt32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true);
}
