/** The verifier's refusal in the words of the program: which value could be what, on which line, and what would satisfy it. */

import type { ProgramSpec } from "../spec/collection.ts";
import { type Circumstances, type Refusal, refusalOf } from "./refusals.ts";
import { originOf, rangeOf, stateOf } from "./register-origin.ts";
import { readTrace, type VerifierTrace } from "./verifier-trace.ts";

/** A refusal in one line, and the lines that help to understand it. */
export interface ExplainedRefusal {
  readonly message: string;
  readonly details: string;
}

const statisticsLine = /^(processed \d+ insns|verification time|stack depth|max_states|peak_states|mark_read)/;
const detailLineCount = 12;
const textLength = 60;

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
  const trace = readTrace(log);
  const slot = trace.steps.at(-1)?.slot ?? trace.report?.slot ?? slotInWords(trace);
  const source = slot === undefined ? undefined : lineOf(spec, slot);
  const place = source === undefined ? spec.name : `${text(source.fileNameOffset)}:${source.line}:${source.column}`;
  const { message, remedy } = reasonOf(spec, trace, slot, { text, missing });
  const lines = log.split("\n").filter((line) => line !== "" && !statisticsLine.test(line));
  const excerpt = source === undefined ? [] : [`${String(source.line).padStart(4)} | ${text(source.textOffset)}`];
  return {
    message: `${place}: the kernel would refuse this (${spec.name}): ${message}`,
    details: [
      ...excerpt,
      ...(remedy === undefined ? [] : [`  ${remedy}`]),
      ...lines.slice(-detailLineCount).map((line) => `  ${line}`),
    ].join("\n"),
  };
}

function reasonOf(
  spec: ProgramSpec,
  trace: VerifierTrace,
  slot: number | undefined,
  { text, missing }: { text: (offset: number) => string; missing: ReadonlyMap<number, string> },
): Refusal {
  const absent = slot === undefined ? undefined : missing.get(slot);
  if (absent !== undefined) return { message: `this kernel has no ${absent}; guard it with \`exists()\`` };
  const own = slot === undefined ? undefined : lineOf(spec, slot);
  const named = (at: number): string => {
    const line = lineOf(spec, at);
    return line === undefined || line === own ? "" : `\`${shortened(text(line.textOffset))}\` of line ${line.line}`;
  };
  const circumstances: Circumstances = {
    madeBy(register) {
      const origin = originOf(trace.steps, register);
      return origin === undefined ? "" : named(origin.slot);
    },
    lineOf: named,
    range: (register) => rangeOf(stateOf(trace.steps, register) ?? ""),
    state: (register) => stateOf(trace.steps, register) ?? "",
    instruction: trace.steps.at(-1)?.text ?? "",
    hook: spec.hook.kind,
  };
  const known = refusalOf(trace.reasons, circumstances);
  if (known !== undefined) return known;
  if (trace.report !== undefined) return { message: trace.report.reason, remedy: trace.report.suggestion };
  return { message: trace.reasons.at(-1) ?? "no reason given" };
}

function lineOf({ lines }: ProgramSpec, slot: number): ProgramSpec["lines"][number] | undefined {
  return lines.findLast((line) => line.slot <= slot);
}

/** What is refused before any step names its instruction itself. */
function slotInWords({ reasons }: VerifierTrace): number | undefined {
  const [, slot] = /\binsn (\d+)/.exec(reasons.at(-1) ?? "") ?? [];
  return slot === undefined ? undefined : Number(slot);
}

function shortened(text: string): string {
  return text.length <= textLength ? text : `${text.slice(0, textLength - 1)}…`;
}
