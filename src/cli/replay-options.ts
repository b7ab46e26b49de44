/** What `tarsier replay` can be told. */

import { parseOptions } from "./options.ts";
import { UsageError } from "./usage-error.ts";

/** The parsed command line. */
export interface ReplayOptions {
  /** A recording, or a capture. */
  readonly path: string;
  /** Programs to run on the packets of a capture. */
  readonly programPath: string | undefined;
  readonly program: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly summary: boolean;
  readonly output: string | undefined;
}

export const replayHelp = `tarsier replay: show a recording again, or run programs on the packets of a capture

  tarsier replay [options] <recording>                      what \`tarsier observe --record\` kept
  tarsier replay [options] <file.pcap|file.pcapng> <program.ts|program.o>

  --program <name>      of a capture: run this program only
  --summary             of a recording: only its sum
  --json                one JSON object a line (docs/records.md)
  -o, --output <file>   write there
  -q, --quiet           no first line; of a recording, records only
  -h, --help

Both run in the sandbox: on any system, without any permission. A recording goes through the programs that observed
it. A capture (pcap, pcapng, also gzipped) is given, packet by packet, to each program at XDP, tcx, traffic control, a
cgroup's packets or a socket filter; their verdicts are counted, and what is in their maps is shown at the end.

Examples
  tarsier replay requests.tarsier
  tarsier replay --json requests.tarsier
  tarsier replay traffic.pcapng count.ts

The exit code is 1 when a file is wrong or a program faults, 2 for a wrong call.
`;

/** Parses the parameters of `replay`; `"help"` when that is asked for. Throws `UsageError`. */
export function parseReplayOptions(parameters: readonly string[]): ReplayOptions | "help" {
  const { values, positionals } = parseOptions("replay", parameters, {
    program: { type: "string" },
    summary: { type: "boolean" },
    json: { type: "boolean" },
    output: { type: "string", short: "o" },
    quiet: { type: "boolean", short: "q" },
  });
  if (values.help) return "help";
  const [path, programPath, stray] = positionals;
  if (path === undefined) throw new UsageError("FILE_MISSING", "nothing to replay: give a recording, or a capture");
  if (stray !== undefined) throw new UsageError("PARAMETER_UNKNOWN", `what is \`${stray}\`? Give one file of programs`);
  return {
    path,
    programPath,
    program: values.program,
    json: values.json ?? false,
    quiet: values.quiet ?? false,
    summary: values.summary ?? false,
    output: values.output,
  };
}
