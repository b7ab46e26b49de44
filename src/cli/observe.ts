/** `tarsier observe`: from the call to the exit code. */

import { setImmediate } from "node:timers/promises";
import { doAll } from "./do-all.ts";
import { type Ending, waitForEnd } from "./ending.ts";
import type { Command } from "./main.ts";
import { type Engine, openEngine } from "./observe-engine.ts";
import { observeHelp, parseObserveOptions } from "./observe-options.ts";
import { type Output, openOutput } from "./output.ts";
import { hearSignals } from "./signals.ts";
import { print, say } from "./streams.ts";

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
    let engine: Engine | undefined;
    try {
      engine = await openEngine(options, output, notice);
      output.begin();
      // Signals that came meanwhile are heard now, at the latest in the second turn: then the command does not begin.
      await setImmediate();
      await setImmediate();
      if (!signals.any()) engine.subject.command?.start();
      const outputClosed = Promise.race([output.closed, engine.failed]);
      const { scopeEnded } = engine;
      const ending = await waitForEnd(engine.subject, options.durationMs, signals, { outputClosed, scopeEnded });
      await finish(engine, output, ending);
      return ending.exitCode;
    } finally {
      doAll([() => engine?.close(), output.close, signals.stop]);
    }
  },
};

/** Says how it went, unless nobody listens any more. */
async function finish(engine: Engine, output: Output, ending: Ending): Promise<void> {
  const summary = await engine.stop();
  if (ending.kind === "outputClosed") say("the output was closed: stopped observing");
  else output.end(summary);
}
