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

/** How wide each column is. */
export interface Layout {
  readonly columns: Readonly<Record<keyof Cells, number>>;
  /** A narrow terminal has no room for the two sizes. */
  readonly showsSizes: boolean;
  readonly terminalColumns: number;
}

const GAP = "  ";

export const headings: Cells = {
  time: "TIME",
  process: "PROCESS",
  peer: "PEER",
  request: "REQUEST",
  status: "STATUS",
  latency: "LATENCY",
  sent: "SENT",
  received: "RECEIVED",
};

const names = Object.keys(headings) as (keyof Cells)[];

const leastColumns: Layout["columns"] = {
  time: "12:04:31.120".length,
  process: "node[4711]".length,
  peer: "127.0.0.1:52144 ←".length,
  request: 16,
  status: "STATUS".length,
  latency: "1.84 ms ".length,
  sent: "1.2 kB".length,
  received: "RECEIVED".length,
};

/** How far a column grows for its content; what is longer still pushes the rest of its line. */
const mostColumns: Layout["columns"] = {
  time: leastColumns.time,
  process: 26,
  peer: "[2001:db8:1111:2222:3333:4444:5555:6666]:52144 ←".length,
  request: Number.POSITIVE_INFINITY,
  status: "timeout".length,
  latency: "12 min 34 s".length,
  sent: "1.2 kB".length,
  received: leastColumns.received,
};

/** A layout for a terminal of so many columns. */
export function layoutFor(terminalColumns: number): Layout {
  return shared(leastColumns, terminalColumns);
}

/** The same layout, or a wider one where a row has longer content. Columns never shrink: lines stay aligned. */
export function grown(layout: Layout, cells: Cells): Layout {
  const columns = { ...layout.columns };
  let changed = false;
  for (const name of names) {
    const wanted = name === "request" ? 0 : Math.min(widthOf(cells[name]), mostColumns[name]);
    changed ||= wanted > columns[name];
    columns[name] = Math.max(wanted, columns[name]);
  }
  return changed ? shared(columns, layout.terminalColumns) : layout;
}

/** One line, without its end. */
export function formatRow({ columns, showsSizes }: Layout, cells: Cells): string {
  const texts = { ...cells, request: cutToWidth(cells.request, columns.request) };
  return shown(showsSizes)
    .map((name) => padToWidth(texts[name], columns[name]))
    .join(GAP)
    .trimEnd();
}

/** Gives the request what the other columns leave; where that is too little, sizes are not shown. */
function shared(columns: Layout["columns"], terminalColumns: number): Layout {
  const roomFor = (showsSizes: boolean) =>
    shown(showsSizes)
      .filter((name) => name !== "request")
      .reduce((room, name) => room - columns[name] - GAP.length, terminalColumns);
  const showsSizes = roomFor(true) >= leastColumns.request;
  const request = Math.max(leastColumns.request, roomFor(showsSizes));
  return { columns: { ...columns, request }, showsSizes, terminalColumns };
}

function shown(showsSizes: boolean): (keyof Cells)[] {
  return showsSizes ? names : names.filter((name) => name !== "sent" && name !== "received");
}
