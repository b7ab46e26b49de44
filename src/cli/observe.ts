/** `tarsier observe`: from the call to the exit code. */

import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { openRecorder, type Recorder } from "../observe/recording/recorder.ts";
import { doAll } from "./do-all.ts";
import { type Ending, waitForEnd } from "./ending.ts";
import type { Command } from "./main.ts";
import { type Engine, openEngine } from "./observe-engine.ts";
import { type ObserveOptions, observeHelp, parseObserveOptions } from "./observe-options.ts";
import { type Output, openOutput } from "./output.ts";
import { hearSignals } from "./signals.ts";
import { print, say } from "./streams.ts";
import type { Target } from "./target.ts";

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
    let recorder: Recorder | undefined;
    try {
      recorder = openRecording(options, notice);
      engine = await openEngine(options, output, notice, recorder);
      output.begin();
      // Signals that came meanwhile are heard now, at the latest in the second turn: then the command does not begin.
      await setImmediate();
      await setImmediate();
      if (!signals.any()) engine.subject.command?.start();
      const outputClosed = Promise.race([output.closed, engine.failed]);
      const { scopeEnded } = engine;
      const ending = await waitForEnd(engine.subject, options.durationMs, signals, { outputClosed, scopeEnded });
      await finish(engine, output, ending, recorder);
      return ending.exitCode;
    } finally {
      doAll([() => engine?.close(), () => recorder?.close(), output.close, signals.stop]);
    }
  },
};

/** Says how it went, unless nobody listens any more. */
async function finish(engine: Engine, output: Output, ending: Ending, recorder: Recorder | undefined): Promise<void> {
  const summary = await engine.stop();
  recorder?.end(summary);
  if (ending.kind === "outputClosed") say("the output was closed: stopped observing");
  else output.end(summary);
}

function openRecording(options: ObserveOptions, notice: (text: string) => void): Recorder | undefined {
  const { record, recordLimitBytes, target } = options;
  if (record === undefined) return undefined;
  return openRecorder({ path: record, name: nameOf(target), limitBytes: recordLimitBytes, notice });
}

/** As people are told: a command by its name alone, since what follows may be secret. */
function nameOf(target: Target): string {
  if (target.kind === "command") return basename(target.command[0] ?? "");
  return target.kind === "pid" ? `process ${target.pid}` : `cgroup ${target.path}`;
}
