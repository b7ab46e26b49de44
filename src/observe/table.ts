/** The columns of the live view, as data: a layout for a terminal's width, which grows with what has to fit. */

import { cutToWidth, padToWidth, widthOf } from "./width.ts";

/** The text of one row, by column. */
export interface Cells {
  readonly time: string;
  readonly process: string;
  readonly peer: string;
  readonly request: string;
  readonly status: string;
  readonly latency: string;
  readonly sent: string;
  readonly received: string;
}

/** Columns that each cell takes at least; 0: not shown. */
export type Layout = { readonly [Column in keyof Cells]: number } & {
  /** Of the terminal. */
  readonly width: number;
};

const GAP = "  ";
const REQUEST_LEAST_COLUMNS = 16;
/** How far the columns may grow whose content is not ours. */
const growthLimits = { process: 26, peer: 49 } as const;

const columns: readonly (keyof Cells)[] = [
  "time",
  "process",
  "peer",
  "request",
  "status",
  "latency",
  "sent",
  "received",
];

const headings: Cells = {
  time: "TIME",
  process: "PROCESS",
  peer: "PEER",
  request: "REQUEST",
  status: "STATUS",
  latency: "LATENCY",
  sent: "SENT",
  received: "RECEIVED",
};

const leastColumns: Omit<Layout, "width"> = {
  time: "12:04:31.120".length,
  process: "node[4711]".length,
  peer: "127.0.0.1:52144 ←".length,
  request: REQUEST_LEAST_COLUMNS,
  status: "STATUS".length,
  latency: "18.4 ms".length,
  sent: "412 B".length,
  received: "RECEIVED".length,
};

/** A layout for a terminal of `width` columns. */
export function layoutFor(width: number): Layout {
  return share({ ...leastColumns, width });
}

/** The same layout, or a wider one where a row has a longer process or peer. Columns never shrink: lines stay aligned. */
export function grown(layout: Layout, cells: Cells): Layout {
  const process = Math.max(layout.process, Math.min(widthOf(cells.process), growthLimits.process));
  const peer = Math.max(layout.peer, Math.min(widthOf(cells.peer), growthLimits.peer));
  return process === layout.process && peer === layout.peer ? layout : share({ ...layout, process, peer });
}

export function headerCells(): Cells {
  return headings;
}

/** One line, without its end. The request is cut to its column; other cells push what follows when they are too long. */
export function formatRow(layout: Layout, cells: Cells): string {
  const shown = columns.filter((column) => layout[column] > 0);
  return shown
    .map((column) =>
      padToWidth(column === "request" ? cutToWidth(cells.request, layout.request) : cells[column], layout[column]),
    )
    .join(GAP)
    .trimEnd();
}

/** Gives the request what the other columns leave. Where that is too little, sizes are not shown. */
function share(layout: Layout): Layout {
  const whole = { ...layout, sent: leastColumns.sent, received: leastColumns.received };
  const room = roomForRequest(whole);
  if (room >= REQUEST_LEAST_COLUMNS) return { ...whole, request: room };
  const narrow = { ...layout, sent: 0, received: 0 };
  return { ...narrow, request: Math.max(REQUEST_LEAST_COLUMNS, roomForRequest(narrow)) };
}

function roomForRequest(layout: Layout): number {
  const others = columns.filter((column) => column !== "request" && layout[column] > 0);
  return others.reduce((room, column) => room - layout[column] - GAP.length, layout.width);
}
