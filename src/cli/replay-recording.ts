/** Shows a recording as `tarsier observe` showed what it is of. */

import { escapeText } from "../observe/escape.ts";
import { readRecording } from "../observe/recording/read-recording.ts";
import { replayRecording } from "../observe/recording/replay-recording.ts";
import { doAll } from "./do-all.ts";
import { openOutput } from "./output.ts";
import type { ReplayOptions } from "./replay-options.ts";
import { say } from "./streams.ts";

/** Plays it from beginning to end; the result is the exit code. */
export function showRecording(options: ReplayOptions, bytes: Uint8Array): number {
  const { path } = options;
  const recording = readRecording(bytes, path);
  const output = openOutput(options);
  try {
    if (!options.quiet) {
      const when = new Date(recording.wallMs).toISOString();
      say(`a recording of ${escapeText(recording.name)} · ${when} · played through the programs in the sandbox`);
    }
    const sink = options.summary ? { request: () => {}, connection: () => {}, flush: () => {} } : output;
    if (!options.summary) output.begin();
    const summary = replayRecording(recording, sink);
    output.end(summary);
    if (recording.over === undefined) say(`${path} was broken off: what came after that is not in it`);
    else if (recording.over.limited !== 0) say(`${path} had reached its limit: what came after that is not in it`);
    return 0;
  } finally {
    doAll([output.close]);
  }
}
