/** What programs say by `console.log`: records of a ring buffer, and what each place of the source says with them. */

/** The ring buffer that the records go through. */
export const logMapName = ".log";

/** A `console.log` of the source. */
export interface LogSpec {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Text that stands there, and values of the record, in order. */
  readonly parts: readonly LogPart[];
}

/** A part stands behind a space, or, `joined`, right behind the one in front of it. */
export type LogPart = LogValue & { readonly joined?: true };

type LogValue =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly offset: number; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: "boolean"; readonly offset: number }
  /** A string, up to its first zero byte. */
  | { readonly kind: "bytes"; readonly offset: number; readonly length: number };

/** One line that a program said. */
export interface LogLine {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Nanoseconds of the monotonic clock. */
  readonly timeNs: bigint;
  readonly text: string;
}

/** Records begin with the time and the place's index, 8 bytes each; values follow at their offsets. */
export const logHeaderBytes = 16;

/** Reads a record of the log's ring buffer; `undefined` for what is none of this collection. */
export function readLog(logs: readonly LogSpec[], record: Uint8Array): LogLine | undefined {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  if (record.byteLength < logHeaderBytes) return undefined;
  const place = logs[view.getUint32(8, true)];
  if (place === undefined || !place.parts.every((part) => endOf(part) <= record.byteLength)) return undefined;
  const { file, line, column, parts } = place;
  const words = parts.map((part, index) => (index === 0 || part.joined ? "" : " ") + textOf(part, view, record));
  const text = words.join("");
  return { file, line, column, timeNs: view.getBigUint64(0, true), text };
}

function endOf(part: LogPart): number {
  if (part.kind === "text") return 0;
  return part.offset + (part.kind === "bytes" ? part.length : 8);
}

function textOf(part: LogPart, view: DataView, record: Uint8Array): string {
  switch (part.kind) {
    case "text":
      return part.text;
    case "number": {
      const value = view.getBigUint64(part.offset, true);
      return String(part.signed ? BigInt.asIntN(part.bits, value) : BigInt.asUintN(part.bits, value));
    }
    case "boolean":
      return String(view.getBigUint64(part.offset, true) !== 0n);
    case "bytes": {
      const bytes = record.subarray(part.offset, part.offset + part.length);
      const end = bytes.indexOf(0);
      return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
    }
  }
}
