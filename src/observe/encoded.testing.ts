/** For tests: records as the kernel writes them, and a map of directives without a kernel. */

import { u64 } from "../bytes/index.ts";
import { ConnectionEnd, Directive, type Endpoint, Exchange, RecordKind, Role, Segment } from "../programs/layouts.ts";
import {
  type ConnectionEvent,
  type ExchangeEvent,
  type ObservedEvent,
  readEvent,
  type SegmentEvent,
} from "./events.ts";
import type { Directives } from "./raw-connections.ts";

type EndpointValue = Parameters<typeof Endpoint.encode>[0];

const utf8 = new TextEncoder();

/** The halves of an IPv4-mapped address, as the kernel program stores them. */
const mapped = (a: number, b: number, c: number, d: number) => ({
  high: 0n,
  low: (BigInt(a | (b << 8) | (c << 16)) << 32n) | (BigInt(d) << 56n) | 0xffff0000n,
});

const local = mapped(127, 0, 0, 1);
const peer = mapped(10, 0, 0, 2);

/** Somebody's end of a connection: 127.0.0.1:8080 to 10.0.0.2:50000, of nginx[4711]. */
const someEndpoint: EndpointValue = {
  padding: new Uint8Array(3),
  cookie: 7n,
  localHigh: local.high,
  localLow: local.low,
  peerHigh: peer.high,
  peerLow: peer.low,
  localPort: 8080,
  peerPort: 50_000,
  role: Role.server,
  process: 4711,
  globalProcess: 4711,
  name: utf8.encode("nginx"),
};

type Parts<Layout extends { encode(value: never): Uint8Array }> = Partial<
  Omit<Parameters<Layout["encode"]>[0], "endpoint">
> & { readonly endpoint?: Partial<EndpointValue> };

const concatenated = (...parts: Uint8Array[]) => new DataView(new Uint8Array(Buffer.concat(parts)).buffer);

/** An exchange record with its two heads. */
export function exchangeRecord(
  kind: "exchange" | "unfinished" | "switched",
  request: string,
  response: string,
  more: Parts<typeof Exchange> = {},
): DataView {
  const [requestText, responseText] = [utf8.encode(request), utf8.encode(response)];
  const head = Exchange.encode({
    requestStartNs: 1_000n,
    requestEndNs: 2_000n,
    responseStartNs: response === "" ? 0n : 3_000n,
    responseEndNs: response === "" ? 0n : 4_000n,
    requestBytes: BigInt(requestText.length),
    responseBytes: BigInt(responseText.length),
    requestOffset: 0n,
    responseOffset: 0n,
    ...more,
    kind: RecordKind[kind],
    requestTextLength: requestText.length,
    responseTextLength: responseText.length,
    endpoint: { ...someEndpoint, ...more.endpoint },
  });
  return concatenated(head, requestText, responseText);
}

/** A segment record with its text. */
export function segmentRecord(text: string, more: Parts<typeof Segment> = {}): DataView {
  const bytes = utf8.encode(text);
  const head = Segment.encode({
    offset: 0n,
    lengthBytes: BigInt(bytes.length),
    startNs: 5_000n,
    direction: 0,
    padding: 0,
    ...more,
    kind: RecordKind.segment,
    textLength: bytes.length,
    endpoint: { ...someEndpoint, ...more.endpoint },
  });
  return concatenated(head, bytes);
}

/** A record of a connection's end. */
export function endRecord(end: number, more: Parts<typeof ConnectionEnd> = {}): DataView {
  const head = ConnectionEnd.encode({
    startNs: 500n,
    endNs: 9_500n,
    sentBytes: 0n,
    receivedBytes: 0n,
    ...more,
    kind: RecordKind.connection,
    end,
    endpoint: { ...someEndpoint, ...more.endpoint },
  });
  return concatenated(head);
}

const event = <Kind extends ObservedEvent>(record: DataView) => readEvent(record, 0) as Kind;
export const exchangeEvent = (...parts: Parameters<typeof exchangeRecord>) =>
  event<ExchangeEvent>(exchangeRecord(...parts));
export const segmentEvent = (...parts: Parameters<typeof segmentRecord>) =>
  event<SegmentEvent>(segmentRecord(...parts));
export const connectionEvent = (...parts: Parameters<typeof endRecord>) => event<ConnectionEvent>(endRecord(...parts));

/** Directives as user space has set them. `takes` is asked before each; what it throws, `set` throws. */
export function fakeDirectives(takes: () => void = () => {}): Directives & {
  readonly held: ReadonlyMap<bigint, Directive>;
} {
  const held = new Map<bigint, Directive>();
  return {
    held,
    get: (key) => held.get(key),
    set(key, value) {
      takes();
      u64.encode(key);
      Directive.encode(value);
      held.set(key, value);
      return true;
    },
    delete: (key) => held.delete(key),
  };
}
