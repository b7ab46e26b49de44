/** Records as JSON lines: what `JSON.stringify` gives, faster, and safe to print. */

import type { ConnectionRecord, ObserveRecord, PartyFields, RequestRecord, SummaryRecord } from "../records/index.ts";

/** One line, with its end. Keys are in the order of `docs/records.md`. */
export function jsonLine(record: ObserveRecord): string {
  switch (record.type) {
    case "request":
      return requestLine(record);
    case "connection":
      return connectionLine(record);
    case "summary":
      return summaryLine(record);
  }
}

/** What a JSON string must escape, and beyond that what must not reach a terminal: DEL, C1 and bidirectional controls. */
const unsafe = /["\\\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const unsafeAfterJson = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A JSON string. Reads back as `text`; lone surrogates are escaped, as `JSON.stringify` does. */
export function jsonString(text: string): string {
  if (!unsafe.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(unsafeAfterJson, escapeUnit);
}

function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function partyFields({ time, process, cgroup, role, local, peer }: PartyFields): string {
  return `"time":"${time}","process":{"pid":${process.pid},"name":${jsonString(process.name)}},"cgroup":${jsonString(cgroup)},"role":"${role}","local":"${local}","peer":"${peer}"`;
}

function requestLine(record: RequestRecord): string {
  const { protocol, method, target, status, latencyNs, firstByteNs, requestBytes, responseBytes } = record;
  const marks = `${record.targetTruncated ? ',"targetTruncated":true' : ""}${record.incomplete ? ',"incomplete":true' : ""}`;
  return `{"type":"request",${partyFields(record)},"protocol":"${protocol}","method":${jsonString(method)},"target":${jsonString(target)},"status":${status},"latencyNs":${latencyNs},"firstByteNs":${firstByteNs},"requestBytes":${requestBytes},"responseBytes":${responseBytes}${marks}}\n`;
}

function connectionLine(record: ConnectionRecord): string {
  const { sentBytes, receivedBytes, durationNs, end } = record;
  return `{"type":"connection",${partyFields(record)},"sentBytes":${sentBytes},"receivedBytes":${receivedBytes},"durationNs":${durationNs},"end":"${end}"}\n`;
}

function summaryLine(record: SummaryRecord): string {
  return `${JSON.stringify(record)}\n`;
}
