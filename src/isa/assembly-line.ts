/** One line of assembly as words: labels, then a statement, then a comment. */

/** A word and where it stands, both counted from 1. */
export interface Token {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

export interface AssemblyLine {
  /** Without their colons. */
  readonly labels: readonly Token[];
  /** The mnemonic and what follows it; empty on a line without a statement. */
  readonly words: readonly Token[];
}

/** Places in memory are one word, also with blanks inside: `[%r1 + 8]`. */
const words = /\[[^\]#]*\]?|[^\s,[\]]+|\]/g;
const label = /^[A-Za-z_.$][\w.$]*:$/;

/** Splits a line at blanks and commas; what follows a `#` is a comment. */
export function parseLine(text: string, line: number): AssemblyLine {
  const [code = ""] = text.split("#", 1);
  const tokens = [...code.matchAll(words)].map(({ 0: word, index }) => ({ text: word, line, column: index + 1 }));
  const first = tokens.findIndex(({ text }) => !label.test(text));
  const count = first === -1 ? tokens.length : first;
  return {
    labels: tokens.slice(0, count).map((token) => ({ ...token, text: token.text.slice(0, -1) })),
    words: tokens.slice(count),
  };
}
