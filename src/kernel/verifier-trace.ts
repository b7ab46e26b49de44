/** The verifier's log as steps: what it looked at, in order, and what it knew of registers there. */

/** One instruction on the way to the refusal. */
export interface Step {
  readonly slot: number;
  /** In the kernel's notation: `r6 = *(u64 *)(r1 +0)`. */
  readonly text: string;
  /** What was known of registers behind it, as far as it was written down. */
  readonly states: ReadonlyMap<number, string>;
}

export interface VerifierTrace {
  readonly steps: readonly Step[];
  /** The lines about the refusal itself, behind the last step. */
  readonly reasons: readonly string[];
  /** The kernel's own account, from Linux 7.3 on. */
  readonly report?: RefusalReport;
}

/** "Verification failed: …", with its sections. */
export interface RefusalReport {
  readonly title: string;
  readonly reason: string;
  readonly suggestion: string;
  readonly slot?: number;
}

const stepLine = /^(\d+): \([0-9a-f]{2}\) (.*)$/;
const stateLine = /^(?:from (\d+) to )?\d+: (.*)$/;
const stateBehindJump = /^(.*?goto pc[+-]\d+)\s+\d+: (.*)$/;
const statisticsLine = /^(processed \d+ insns|verification time|stack depth|max_states|peak_states|mark_read|insns )/;
const reportTitle = /^Verification failed: (.*)$/;

/** Reads a log of either format. */
export function readTrace(log: string): VerifierTrace {
  const lines = log.split("\n");
  const reportAt = lines.findIndex((line) => reportTitle.test(line));
  const classic = reportAt < 0 ? lines : lines.slice(0, reportAt);
  const steps: Step[] = [];
  let reasons: string[] = [];
  for (const line of classic) {
    if (line === "" || line.startsWith("; ") || statisticsLine.test(line)) continue;
    const [, slot, rest] = stepLine.exec(line) ?? [];
    if (slot !== undefined && rest !== undefined) {
      steps.push(stepOf(Number(slot), rest));
      reasons = [];
    } else if (stateLine.test(line)) {
      const [, from, states] = stateLine.exec(line)!;
      if (from !== undefined) backTo(steps, Number(from));
      const last = steps.at(-1);
      if (last !== undefined) steps[steps.length - 1] = { ...last, states: mergedStates(last.states, states!) };
    } else reasons.push(line);
  }
  return { steps, reasons, ...(reportAt >= 0 && { report: reportOf(lines.slice(reportAt)) }) };
}

function stepOf(slot: number, rest: string): Step {
  const jumped = stateBehindJump.exec(rest);
  if (jumped !== null) return { slot, text: jumped[1]!, states: statesIn(jumped[2]!) };
  const [text, states] = rest.split(/\s+; /, 2);
  return { slot, text: text!.trimEnd(), states: statesIn(states ?? "") };
}

/** The verifier goes on from a branch that it left aside: what it saw since then is on another way. */
function backTo(steps: Step[], slot: number): void {
  const at = steps.findLastIndex((step) => step.slot === slot);
  if (at >= 0) steps.splice(at + 1);
}

function mergedStates(known: ReadonlyMap<number, string>, text: string): ReadonlyMap<number, string> {
  return new Map([...known, ...statesIn(text)]);
}

/** `R0=map_value(ks=4,vs=64) R6_w=5`: what is known of each register. Parentheses nest, and hold spaces. */
function statesIn(text: string): Map<number, string> {
  const states = new Map<number, string>();
  for (const { index, 0: head, 1: register } of text.matchAll(/\bR(\d+)(?:_[a-z]+)?=/g)) {
    const start = index + head.length;
    let [end, depth] = [start, 0];
    while (end < text.length && (depth > 0 || text[end] !== " ")) {
      if (text[end] === "(") depth++;
      if (text[end] === ")") depth--;
      end++;
    }
    states.set(Number(register), text.slice(start, end));
  }
  return states;
}

function reportOf([title, ...lines]: readonly string[]): RefusalReport {
  const sections = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines) {
    const [, name] = /^([A-Z][A-Za-z ]*):$/.exec(line) ?? [];
    if (name !== undefined) {
      current = [];
      sections.set(name, current);
    } else if (line.startsWith(" ")) current.push(line.trim());
  }
  const section = (name: string): string => (sections.get(name) ?? []).join(" ");
  const [, slot] = /\binsn (\d+)/.exec(section("At")) ?? [];
  return {
    title: reportTitle.exec(title!)![1]!,
    reason: section("Reason"),
    suggestion: section("Suggestion"),
    ...(slot !== undefined && { slot: Number(slot) }),
  };
}
