/** HTTP/1.0 and HTTP/1.1 (RFC 9110, RFC 9112): bytes of a connection → requests with their responses. */

export { type ConnectionState, Http1Connection, type Side, type StreamOffsets } from "./connection.ts";
export { type ExchangeHead, endOfHead, exchangeFrom } from "./exchange.ts";
export type { Exchange } from "./pairing.ts";
export { redactTarget } from "./redact.ts";
export { redactedByte, redactStreams, redactTail, type StreamRedactor, type StreamSide } from "./redact-stream.ts";
export type { Segment } from "./segment.ts";
export { type HttpVersion, resemblesRequest } from "./start-line.ts";
