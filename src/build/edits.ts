/** Changing a text in places, so that everything else stays on its line and in its column. */

/** What stands from `start` to `end` becomes `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Spaces in the place of a stretch of text, with its line breaks; `lead` is put where it begins. */
export function blank(source: string, start: number, end: number, lead = ""): Edit {
  const spaces = source.slice(start, end).replace(/[^\r\n]/g, " ");
  return { start, end, text: lead + spaces.slice(lead.length) };
}

/** Applies edits. One that lies inside another is part of it, and is left out. */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  const ordered = [...edits].sort((one, other) => one.start - other.start || other.end - one.end);
  let result = "";
  let at = 0;
  for (const { start, end, text } of ordered) {
    if (start < at) continue;
    result += source.slice(at, start) + text;
    at = end;
  }
  return result + source.slice(at);
}
