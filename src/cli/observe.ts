/** `tarsier observe`: from the call to the exit code. */

import { release } from "node:os";
import { setImmediate } from "node:timers/promises";
import { type Agent, startAgent } from "../observe/agent.ts";
import { findOwnPlace } from "../observe/self.ts";
import type { Subject } from "../observe/subject.ts";
import { doAll } from "./do-all.ts";
import { type Ending, waitForEnd } from "./ending.ts";
import type { Command } from "./main.ts";
import { observeHelp, parseObserveOptions } from "./observe-options.ts";
import { type Output, openOutput } from "./output.ts";
import { hearSignals } from "./signals.ts";
import { print, say } from "./streams.ts";
import { openSubject } from "./target.ts";

export const observeCommand: Command = {
  async run(parameters) {
    const options = parseObserveOptions(parameters);
    if (options === "help") {
      print(observeHelp);
      return 0;
    }
    const output = openOutput(options);
    const notice = (text: string) => {
      if (!options.quiet) say(text);
    };
    const signals = hearSignals();
    let subject: Subject | undefined;
    let agent: Agent | undefined;
    try {
      const own = findOwnPlace();
      subject = openSubject(options.target, options.user, own, notice);
      agent = startAgent({ scope: subject.scope, own, sink: output, cpuBudgetShare: options.cpuBudgetShare });
      notice(banner(subject, agent));
      output.begin();
      // Signals that came meanwhile are heard now, at the latest in the second turn: then the command does not begin.
      await setImmediate();
      await setImmediate();
      if (!signals.any()) subject.command?.start();
      const outputClosed = Promise.race([output.closed, agent.failed]);
      const { scopeEnded } = agent;
      const ending = await waitForEnd(subject, options.durationMs, signals, { outputClosed, scopeEnded });
      finish(agent, output, ending);
      return ending.exitCode;
    } finally {
      doAll([
        () => agent?.close(),
        () => subject?.command?.abandon(),
        () => subject?.release(),
        output.close,
        signals.stop,
      ]);
    }
  },
};

function banner({ name, scope }: Subject, { programCount, provider }: Agent): string {
  const where = scope.kind === "cgroup" && name !== `cgroup ${scope.label}` ? ` (cgroup ${scope.label})` : "";
  const kernel = release().split(".").slice(0, 2).join(".");
  const how = provider === "functions" ? " by function entry" : "";
  return `observing ${name}${where} · kernel ${kernel} · ${programCount} programs attached${how} in ${Math.round(performance.now())} ms`;
}

/** Says how it went, unless nobody listens any more. */
function finish(agent: Agent, output: Output, ending: Ending): void {
  const summary = agent.stop();
  if (ending.kind === "outputClosed") say("the output was closed: stopped observing");
  else output.end(summary);
}
