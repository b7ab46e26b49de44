/** `tarsier run`: from the call to the exit code. */

import { setImmediate } from "node:timers/promises";
import { readCollection } from "../build/read-collection.ts";
import { type AnyCollection, loadLive } from "../collection/index.ts";
import { findOwnPlace } from "../observe/self.ts";
import type { Subject } from "../observe/subject.ts";
import type { CollectionSpec } from "../spec/index.ts";
import { attachInScope } from "./attach-in-scope.ts";
import { doAll } from "./do-all.ts";
import type { Command } from "./main.ts";
import { standardOutput } from "./output-target.ts";
import { checkSettings, parseRunOptions, type RunOptions, runHelp } from "./run-options.ts";
import { runUntilEnd } from "./run-until-end.ts";
import { hearSignals } from "./signals.ts";
import { print, say } from "./streams.ts";
import { openSubject } from "./target.ts";
import { UsageError } from "./usage-error.ts";
import { importUserHalf } from "./user-half.ts";

export const runCommand: Command = {
  async run(parameters) {
    const options = parseRunOptions(parameters);
    if (options === "help") {
      print(runHelp);
      return 0;
    }
    const spec = await readCollection(options.path);
    checkSettings(options.config, spec.config);
    const userHalf = await importUserHalf(options.path);
    const notice = (text: string) => {
      if (!options.quiet) say(text);
    };
    const signals = hearSignals();
    const output = standardOutput();
    let subject: Subject | undefined;
    let collection: AnyCollection | undefined;
    try {
      subject = options.target && openSubject(options.target, options.user, findOwnPlace(), notice);
      const { pinDirectory } = options;
      const config = configOf(spec, options, subject);
      collection = loadLive(spec, { config, ...(pinDirectory !== undefined && { pinDirectory }) });
      const leftOut = attachInScope(collection, placesOf(options, subject));
      const attachedCount = collection.kernel.programs.size - leftOut.length;
      if (
        attachedCount === 0 &&
        userHalf === undefined &&
        !spec.programs.some(({ hook }) => hook.kind === "iterator")
      ) {
        const [first] = leftOut;
        throw new UsageError(
          "NOTHING_ATTACHED",
          `nothing of ${options.path} is attached: ${first?.program}: ${first?.reason}`,
        );
      }
      for (const { program, reason } of userHalf === undefined ? leftOut : [])
        notice(`${program} is not attached: ${reason}`);
      notice(`running ${options.path} · ${attachedCount} of ${collection.kernel.programs.size} programs attached`);
      // Signals that came meanwhile are heard now, at the latest in the second turn.
      await setImmediate();
      await setImmediate();
      return await runUntilEnd({ options, subject, collection, userHalf, signals, output });
    } finally {
      doAll([
        () => collection?.close(),
        () => subject?.command?.abandon(),
        () => subject?.release(),
        output.close,
        signals.stop,
      ]);
    }
  },
};

/** What was typed, and what the scope is, for config variables that ask for it by their names. */
function configOf({ config }: CollectionSpec, options: RunOptions, subject: Subject | undefined) {
  const scope = subject?.scope;
  const known = new Map<string, bigint | boolean>();
  if (scope?.kind === "cgroup") known.set("cgroupId", scope.id).set("cgroupLevel", BigInt(scope.level));
  if (scope?.kind === "processes") known.set("processId", BigInt(scope.globalIds[0] ?? 0));
  for (const name of known.keys()) if (!config.some((field) => field.name === name)) known.delete(name);
  return Object.fromEntries([...known, ...options.config]);
}

function placesOf({ target, interface: at }: RunOptions, subject: Subject | undefined) {
  const scope = subject?.scope;
  return {
    cgroup: scope?.kind === "cgroup" ? scope.path : undefined,
    pid: target?.kind === "pid" ? target.pid : subject?.command?.pid,
    interface: at,
  };
}
