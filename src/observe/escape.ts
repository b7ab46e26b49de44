/** Text that others wrote, made safe to show: nothing in it can move a cursor, colour a line or hide behind another. */

/**
 * What a terminal may act on, or a reader cannot see: control and format characters (C0, C1, bidirectional,
 * zero-width), lone surrogates, private and unassigned code points, separators other than the space, marks that
 * combine with what is before them, and the backslash, which begins an escape.
 */
const unsafe = /[\p{C}\p{M}\p{Z}\\]/gu;
const plain = /^[!-[\]-~ ]*$/;

/** Escapes visibly: `\x1b`, `\u{202e}`, `\\`. */
export function escapeText(text: string): string {
  return plain.test(text) ? text : text.replace(unsafe, escapeCharacter);
}

function escapeCharacter(character: string): string {
  if (character === " ") return character;
  if (character === "\\") return "\\\\";
  const code = character.codePointAt(0)!;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}
