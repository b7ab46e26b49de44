/** One exchange as a record: what was said, by whom, and how long it took. */

import { type Exchange, redactTarget } from "../protocols/http1/index.ts";
import type { RequestRecord } from "../records/index.ts";
import type { Party } from "./parties.ts";

/** What the first lines of an exchange say. */
export type ExchangeHead = Pick<Exchange, "method" | "target" | "status" | "version" | "requestTruncated">;
/** When and how much: the kernel counts it, or the parser does. */
export type ExchangeMeasures = Pick<
  Exchange,
  "requestStartNs" | "responseStartNs" | "responseEndNs" | "requestBytes" | "responseBytes"
>;

/** Whose record it is and when it began, as text. */
export interface RecordFrame {
  readonly time: string;
  readonly cgroup: string;
  readonly party: Party;
}

/** The record of an exchange; `isWhole`: request and response passed to their ends. */
export function requestRecord(
  { time, cgroup, party }: RecordFrame,
  head: ExchangeHead,
  { requestStartNs, responseStartNs, responseEndNs, requestBytes, responseBytes }: ExchangeMeasures,
  isWhole: boolean,
): RequestRecord {
  // One literal with all its keys: built from parts it costs ten times as much.
  const record: RequestRecord = {
    type: "request",
    time,
    process: party.process,
    cgroup,
    role: party.role,
    local: party.local,
    peer: party.peer,
    protocol: head.version === "1.0" ? "http/1.0" : "http/1.1",
    method: head.method,
    target: redactTarget(head.target, head.requestTruncated),
    status: head.status,
    latencyNs: responseEndNs === null ? null : nsBetween(requestStartNs, responseEndNs),
    firstByteNs: responseStartNs === null ? null : nsBetween(requestStartNs, responseStartNs),
    requestBytes,
    responseBytes,
  };
  if (isWhole && !head.requestTruncated) return record;
  return {
    ...record,
    ...(head.requestTruncated && { targetTruncated: true as const }),
    ...(!isWhole && { incomplete: true as const }),
  };
}

/** Never negative: an answer may be sent before its request is, a timeout of the server's for instance. */
export const nsBetween = (startNs: number, endNs: number) => Math.max(0, endNs - startNs);
