/** What `tarsier observe` can be told. */

import { parseArgs } from "node:util";
import { InputError } from "../errors/error.ts";
import { parseDurationMs } from "./duration-option.ts";
import { type EngineName, engineNames } from "./engine-name.ts";
import { parseSizeBytes } from "./size-option.ts";
import { parseTarget, type Target } from "./target.ts";

/** The parsed command line. */
export interface ObserveOptions {
  readonly target: Target;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly output: string | undefined;
  readonly durationMs: number | undefined;
  readonly user: string | undefined;
  readonly cpuBudgetShare: number;
  readonly engine: EngineName;
  /** Where a recording goes, and how long it may be. */
  readonly record: string | undefined;
  readonly recordLimitBytes: number;
}

export const observeHelp = `tarsier observe: show every connection and HTTP request of a command, from the kernel

  tarsier observe [options] -- <command> [arguments]   start a command and watch it and all it forks
  tarsier observe [options] --pid <pid>                watch a running process and its children to come, until they end
  tarsier observe [options] --cgroup <path>            watch everything in a cgroup

  --json                one JSON object a line (docs/records.md)
  -o, --output <file>   write there, and leave standard output to the command
  --for <duration>      stop after 10s, 500ms, 2m, 1h; a command that was started is ended with SIGTERM
  --engine <name>       kernel: by eBPF, as root; user: by ptrace, as anybody, only with a command; auto (default):
                        kernel where that is permitted (docs/engines.md)
  --user <name>         run the command as this user (under sudo: as the user who called it)
  --cpu-budget <share>  what Tarsier itself may use of one CPU before it samples (default 10%)
  --record <file>       keep what was observed, without secrets, for \`tarsier replay\` (docs/recordings.md)
  --record-limit <size> how long that file may become: 500K, 64M (default), 2G
  -q, --quiet           records only: no first line, no table head, no summary
  -h, --help

Examples
  sudo tarsier observe -- node server.js
  sudo tarsier observe --json -o requests.jsonl -- npm start
  sudo tarsier observe --for 30s --pid 4711

The exit code is the command's own; 127 when it cannot be found, 1 when the kernel or your rights do not
suffice (see \`tarsier doctor\`), 2 for a wrong call.
`;

const defaultRecordLimitBytes = 64 * 2 ** 20;
const defaultBudgetShare = 0.1;

/** Parses the parameters of `observe`; `"help"` when that is asked for. Throws `InputError`. */
export function parseObserveOptions(parameters: readonly string[]): ObserveOptions | "help" {
  const { values, positionals, tokens } = parse(parameters);
  if (values.help) return "help";
  const terminator = tokens.find((token) => token.kind === "option-terminator");
  const command = terminator === undefined ? [] : parameters.slice(terminator.index + 1);
  const stray = positionals.slice(0, positionals.length - command.length);
  if (stray.length > 0) {
    throw new InputError(
      "PARAMETER_UNKNOWN",
      `what is \`${stray[0]}\`? Put \`--\` before the command: tarsier observe -- ${stray.join(" ")}`,
    );
  }
  return {
    target: targetOf(values.pid, values.cgroup, terminator === undefined ? undefined : command),
    json: values.json ?? false,
    quiet: values.quiet ?? false,
    output: values.output,
    durationMs: values.for === undefined ? undefined : parseDurationMs("--for", values.for),
    user: values.user,
    cpuBudgetShare: values["cpu-budget"] === undefined ? defaultBudgetShare : parseShare(values["cpu-budget"]),
    engine: parseEngine(values.engine),
    record: values.record,
    recordLimitBytes: parseSizeBytes("--record-limit", values["record-limit"]) ?? defaultRecordLimitBytes,
  };
}

function parse(parameters: readonly string[]) {
  try {
    return parseArgs({
      args: [...parameters],
      allowPositionals: true,
      tokens: true,
      options: {
        json: { type: "boolean" },
        output: { type: "string", short: "o" },
        for: { type: "string" },
        user: { type: "string" },
        pid: { type: "string" },
        cgroup: { type: "string" },
        "cpu-budget": { type: "string" },
        engine: { type: "string" },
        record: { type: "string" },
        "record-limit": { type: "string" },
        quiet: { type: "boolean", short: "q" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (cause) {
    const [reason] = (cause as Error).message.split("\n");
    throw new InputError("OPTION_INVALID", `${reason}; see \`tarsier observe --help\``, { cause });
  }
}

function targetOf(pid: string | undefined, cgroup: string | undefined, command: readonly string[] | undefined): Target {
  const target = command?.length === 0 ? undefined : parseTarget(pid, cgroup, command);
  if (target !== undefined) return target;
  throw new InputError("TARGET_MISSING", "nothing to observe: give a command after `--`, or --pid, or --cgroup");
}

function parseShare(text: string): number {
  const percent = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (!(percent > 0 && percent <= 100)) {
    throw new InputError("BUDGET_INVALID", `--cpu-budget ${text}: not a share of one CPU; write 10%`);
  }
  return percent / 100;
}

function parseEngine(text = "auto"): EngineName {
  const name = engineNames.find((each) => each === text);
  if (name === undefined) throw new InputError("ENGINE_UNKNOWN", `--engine ${text}: say kernel, user or auto`);
  return name;
}
