/** Records as the lines that people read. */

import type { ConnectionRecord, PartyFields, RequestRecord, SummaryRecord } from "../records/index.ts";
import { escapeText } from "./escape.ts";
import { formatCount, formatCounted, formatDuration, formatShare, formatSize } from "./quantity.ts";
import { type Cells, formatRow, grown, headings, type Layout } from "./table.ts";
import { cutToWidth } from "./width.ts";

/** A line, without its end, and the layout for the lines after it. */
export interface RenderedRow {
  readonly text: string;
  readonly layout: Layout;
}

const NONE = "–";
/** The kernel keeps 15 bytes of a name; escaped ones may take more. */
const NAME_COLUMNS = 16;
const RESET = "\x1b[0m";
const styles = { clientError: "\x1b[33m", serverError: "\x1b[31m", quiet: "\x1b[2m" } as const;

/** The line above the rows. */
export function renderHeader(layout: Layout): string {
  return formatRow(layout, headings);
}

/** `12:04:31.120  node[4711]  127.0.0.1:52144 ←  GET /cart/7  200  1.84 ms  412 B  131 B` */
export function renderRequest(layout: Layout, record: RequestRecord, color: boolean): RenderedRow {
  const { method, target, status, latencyNs, requestBytes, responseBytes, role } = record;
  const served = role === "server";
  const row = renderCells(layout, {
    ...partyCells(record),
    request: `${escapeText(method)} ${escapeText(target)}${record.targetTruncated ? "…" : ""}`,
    status: status === null ? NONE : String(status),
    latency: latencyNs === null ? NONE : formatDuration(latencyNs),
    sent: formatSize(served ? responseBytes : requestBytes),
    received: formatSize(served ? requestBytes : responseBytes),
  });
  const style = status === null || status < 400 ? undefined : status < 500 ? styles.clientError : styles.serverError;
  return color && style !== undefined ? styled(row, style) : row;
}

/** `12:04:31.120  node[4711]  127.0.0.1:5432 →  tcp connection  closed  2.40 s  1.2 kB  88 kB` */
export function renderConnection(layout: Layout, record: ConnectionRecord, color: boolean): RenderedRow {
  const row = renderCells(layout, {
    ...partyCells(record),
    request: "tcp connection",
    status: record.end,
    latency: formatDuration(record.durationNs),
    sent: formatSize(record.sentBytes),
    received: formatSize(record.receivedBytes),
  });
  return color ? styled(row, styles.quiet) : row;
}

/** `1,204 requests on 38 connections in 10.2 s · 0 lost · probes ≈ 0.3 % + agent 0.6 % of one CPU` */
export function renderSummary(
  record: SummaryRecord,
  durationNs: number,
  latency: { readonly p50Ns: number; readonly p99Ns: number } | undefined = undefined,
): string {
  const { requests, connections, lost, sampledOut, agentCpuNs, probeCpuNsEstimate } = record;
  const seen = `${formatCounted(requests.server + requests.client, "request")} on ${formatCounted(connections, "connection")}`;
  const share = (cpuNs: number) => formatShare(durationNs > 0 ? cpuNs / durationNs : 0);
  const probes = probeCpuNsEstimate === 0 ? "probes not measured" : `probes ≈ ${share(probeCpuNsEstimate)}`;
  return [
    `${seen} in ${formatDuration(durationNs)}`,
    ...(latency === undefined ? [] : [`p50 ${formatDuration(latency.p50Ns)}, p99 ${formatDuration(latency.p99Ns)}`]),
    `${formatCount(lost)} lost`,
    ...(sampledOut > 0 ? [`${formatCount(sampledOut)} counted but not shown`] : []),
    `${probes} + agent ${share(agentCpuNs)} of one CPU`,
  ].join(" · ");
}

/** Local time of day with milliseconds. */
export function formatTimeOfDay(iso: string): string {
  const date = new Date(iso);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
    digits(part, 2),
  );
  return `${hours}:${minutes}:${seconds}.${digits(date.getMilliseconds(), 3)}`;
}

function partyCells({ time, process, role, peer }: PartyFields): Pick<Cells, "time" | "process" | "peer"> {
  return {
    time: formatTimeOfDay(time),
    process: `${cutToWidth(escapeText(process.name), NAME_COLUMNS)}[${process.pid}]`,
    peer: `${peer} ${role === "server" ? "←" : "→"}`,
  };
}

function renderCells(layout: Layout, cells: Cells): RenderedRow {
  const fitting = grown(layout, cells);
  return { text: formatRow(fitting, cells), layout: fitting };
}

function styled({ text, layout }: RenderedRow, style: string): RenderedRow {
  return { text: style + text + RESET, layout };
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, "0");
}
