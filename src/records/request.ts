/** One request with its response, in any protocol that has such. */

import type { PartyFields } from "./party.ts";

export interface RequestRecord extends PartyFields {
  readonly type: "request";
  /** Name and version: `http/1.1`. */
  readonly protocol: string;
  readonly method: string;
  /** Values in its query are replaced by `…`. */
  readonly target: string;
  /** Null: nobody answered, or the answer was missed. */
  readonly status: number | null;
  /** From the request's first byte to the response's last one, in nanoseconds. Null without a response. */
  readonly latencyNs: number | null;
  /** From the request's first byte to the response's first one, in nanoseconds. Null without a response. */
  readonly firstByteNs: number | null;
  /** Of the whole request on the connection, head and body. */
  readonly requestBytes: number;
  /** Of the whole response, with informational ones before it. */
  readonly responseBytes: number;
  /** Present where the target goes on after what is kept of it. */
  readonly targetTruncated?: true;
  /** Present where the request or its response broke off, or a part that matters was missed. */
  readonly incomplete?: true;
}
