/** What `observe` prints: a table for people or JSON lines for programs. */

import { jsonLine } from "../export/json-lines.ts";
import type { RecordSink } from "../observe/reader.ts";
import { type RenderedRow, renderConnection, renderHeader, renderRequest, renderSummary } from "../observe/render.ts";
import type { Summary } from "../observe/summary.ts";
import { layoutFor } from "../observe/table.ts";
import type { ConnectionRecord, RequestRecord } from "../records/index.ts";
import type { ObserveOptions } from "./observe-options.ts";
import { fileOutput, type OutputTarget, standardOutput } from "./output-target.ts";

/** An open output. */
export interface Output extends RecordSink {
  /** What comes before the first record. */
  begin(): void;
  /** What comes after the last one. */
  end(summary: Summary): void;
  /** Settles when nobody reads any more. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Records as text. */
interface Format {
  begin(): string;
  record(record: RequestRecord | ConnectionRecord): string;
  end(summary: Summary): string;
}

/** Text is gathered up to this length: few writes, and short strings to put together. */
const burstLength = 32 * 1024;

/** How and where records are shown. */
export type OutputOptions = Pick<ObserveOptions, "json" | "quiet" | "output">;

/** Opens the output that the options ask for. Throws `InputError` for a file that cannot be written. */
export function openOutput(options: OutputOptions): Output {
  const target = options.output === undefined ? standardOutput() : fileOutput(options.output);
  const format = options.json ? jsonFormat : tableFormat(options, target);
  let text = "";
  const flush = () => {
    if (text !== "") target.write(text);
    text = "";
  };
  const add = (more: string) => {
    text += more;
    if (text.length >= burstLength) flush();
  };
  return {
    begin() {
      add(format.begin());
      flush();
    },
    request: (record) => add(format.record(record)),
    connection: (record) => add(format.record(record)),
    flush,
    end(summary) {
      add(format.end(summary));
      flush();
    },
    closed: target.closed,
    close: target.close,
  };
}

const jsonFormat: Format = {
  begin: () => "",
  record: jsonLine,
  end: ({ record }) => jsonLine(record),
};

/** Connections that are remembered as shown: beyond that, those that go on get a line of their own after all. */
const shownLimit = 65_536;
/** Columns of a table that goes nowhere with a width of its own. */
const fileColumns = 160;

function tableFormat(options: OutputOptions, target: OutputTarget): Format {
  const color = target.isTerminal && process.env["NO_COLOR"] === undefined;
  let layout = layoutFor(target.columns() ?? fileColumns);
  /** Connections whose requests were shown need no line of their own. */
  const shown = new Set<string>();
  const keyOf = ({ local, peer }: RequestRecord | ConnectionRecord) => `${local} ${peer}`;
  const keep = (row: RenderedRow) => {
    layout = row.layout;
    return `${row.text}\n`;
  };
  return {
    begin: () => (options.quiet ? "" : `${renderHeader(layout)}\n`),
    record(record) {
      if (record.type === "request") {
        if (shown.size >= shownLimit) shown.clear();
        shown.add(keyOf(record));
        return keep(renderRequest(layout, record, color));
      }
      return shown.delete(keyOf(record)) ? "" : keep(renderConnection(layout, record, color));
    },
    end: ({ record, durationNs, latency }) =>
      options.quiet ? "" : `tarsier: ${renderSummary(record, durationNs, latency)}\n`,
  };
}
