/** `tarsier replay`: from the call to the exit code. */

import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { InputError } from "../errors/error.ts";
import { isRecording } from "../observe/recording/read-recording.ts";
import type { Command } from "./main.ts";
import { parseReplayOptions, replayHelp } from "./replay-options.ts";
import { print } from "./streams.ts";
import { isGzipped, unpackFile } from "./unpack.ts";
import { UsageError } from "./usage-error.ts";

const magicBytes = 8;

export const replayCommand: Command = {
  async run(parameters) {
    const options = parseReplayOptions(parameters);
    if (options === "help") {
      print(replayHelp);
      return 0;
    }
    const { path, programPath } = options;
    const beginning = beginningOf(path);
    const unpacked = isGzipped(beginning) ? unpackFile(path) : undefined;
    if (isRecording(unpacked ?? beginning)) {
      if (programPath === undefined) {
        return (await import("./replay-recording.ts")).showRecording(options, unpacked ?? readFileSync(path));
      }
      throw new UsageError("REPLAY_PROGRAM", `${path} is a recording, which goes through Tarsier's own programs alone`);
    }
    if (programPath === undefined) {
      throw new UsageError(
        "REPLAY_PROGRAM",
        `${path} is no recording; if it is a capture, say what is to run on it: tarsier replay ${path} program.ts`,
      );
    }
    return (await import("./replay-capture.ts")).runOnCapture({ ...options, programPath });
  },
};

/** The first bytes of a file. Throws `InputError` when it cannot be read. */
function beginningOf(path: string): Uint8Array {
  const bytes = new Uint8Array(magicBytes);
  try {
    const fd = openSync(path, "r");
    try {
      return bytes.subarray(0, readSync(fd, bytes));
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw new InputError("FILE_UNREADABLE", `${path}: cannot be read (${(cause as Error).message})`, { cause });
  }
}
