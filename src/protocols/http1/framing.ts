/** Where the body of a message ends (RFC 9112, section 6.3). */

import type { FramingFields } from "./fields.ts";

export type Framing =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  /** The body ends when the connection does. */
  | { readonly kind: "untilClose" }
  /** What follows the head is another protocol (status 101, or success of CONNECT). */
  | { readonly kind: "switched" }
  /** The head contradicts itself: nobody can know. */
  | { readonly kind: "unknown" };

const noBody: Framing = { kind: "length", bytes: 0 };

export function requestFraming(fields: FramingFields): Framing {
  if (fields.transferEncoding === "chunked") return { kind: "chunked" };
  if (fields.transferEncoding === "other" || fields.contentLength === "invalid") return { kind: "unknown" };
  return fields.contentLength === "none" ? noBody : { kind: "length", bytes: fields.contentLength };
}

/** `method`: of the request that is answered. */
export function responseFraming(status: number, method: string, fields: FramingFields): Framing {
  if (status === 101 || (method === "CONNECT" && status >= 200 && status < 300)) return { kind: "switched" };
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return noBody;
  if (fields.transferEncoding === "chunked") return { kind: "chunked" };
  if (fields.transferEncoding === "other") return { kind: "untilClose" };
  if (fields.contentLength === "invalid") return { kind: "unknown" };
  return fields.contentLength === "none" ? { kind: "untilClose" } : { kind: "length", bytes: fields.contentLength };
}
