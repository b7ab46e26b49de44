/** Source files and places in them. Every instruction knows the place it comes from. */

/** One module's text. */
export interface SourceFile {
  /** As it stands in messages and in line information. */
  readonly path: string;
  readonly text: string;
}

/** A stretch of source, as offsets into the file's text. */
export interface Place {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** Where a place begins, for people: both numbers count from 1. */
export interface LineAndColumn {
  readonly line: number;
  readonly column: number;
  /** The whole line, without its end. */
  readonly text: string;
}

const lineStarts = new WeakMap<SourceFile, readonly number[]>();

export function lineAndColumn({ file, start }: Place): LineAndColumn {
  const starts = startsOf(file);
  let line = 0;
  for (let step = 1 << 20; step > 0; step >>= 1) {
    if ((starts[line + step] ?? Number.POSITIVE_INFINITY) <= start) line += step;
  }
  const begin = starts[line]!;
  const end = file.text.indexOf("\n", begin);
  const text = file.text.slice(begin, end < 0 ? undefined : end).replace(/\r$/, "");
  return { line: line + 1, column: start - begin + 1, text };
}

function startsOf(file: SourceFile): readonly number[] {
  const known = lineStarts.get(file);
  if (known !== undefined) return known;
  const starts = [0];
  for (let at = file.text.indexOf("\n"); at >= 0; at = file.text.indexOf("\n", at + 1)) starts.push(at + 1);
  lineStarts.set(file, starts);
  return starts;
}
