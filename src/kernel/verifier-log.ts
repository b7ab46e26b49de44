/** The verifier's log, read for the one line that matters and the source line it is about. */

import type { ProgramSpec } from "../spec/collection.ts";

/** A refusal in one line, and the lines that help to understand it. */
export interface ExplainedRefusal {
  readonly message: string;
  readonly details: string;
}

const instructionLine = /^(?:from \d+ to )?(\d+): \(([0-9a-f]{2})\)/;
const statisticsLine = /^(processed \d+ insns|verification time|stack depth|max_states|peak_states|mark_read)/;
const detailLineCount = 12;

/**
 * The refusal on its TypeScript line. `text` reads strings of the collection's BTF; `missing` names the
 * kernel fields that stand behind instructions poisoned by CO-RE.
 */
export function explainRefusal(
  spec: ProgramSpec,
  log: string,
  text: (offset: number) => string,
  missing: ReadonlyMap<number, string>,
): ExplainedRefusal {
  const lines = log.split("\n").filter((line) => line !== "");
  const reasons = lines.filter((line) => !statisticsLine.test(line));
  const reason = reasons.at(-1) ?? "no reason given";
  const slot = lastSlot(reasons);
  const source = slot === undefined ? undefined : spec.lines.findLast((line) => line.slot <= slot);
  const absent = slot === undefined ? undefined : missing.get(slot);
  const place = source === undefined ? spec.name : `${text(source.fileNameOffset)}:${source.line}:${source.column}`;
  const message = absent === undefined ? reason : `this kernel has no ${absent}; guard it with \`exists()\``;
  const excerpt = source === undefined ? [] : [`  ${source.line} | ${text(source.textOffset)}`];
  return {
    message: `${place}: the kernel would refuse this (${spec.name}): ${message}`,
    details: [...excerpt, ...reasons.slice(-detailLineCount).map((line) => `  ${line}`)].join("\n"),
  };
}

function lastSlot(lines: readonly string[]): number | undefined {
  for (const line of lines.toReversed()) {
    const match = instructionLine.exec(line);
    if (match?.[1] !== undefined) return Number(match[1]);
  }
  return undefined;
}
