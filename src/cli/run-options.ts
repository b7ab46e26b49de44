/** What `tarsier run` can be told. */

import type { ConfigSpec } from "../spec/index.ts";
import { parseDurationMs } from "./duration-option.ts";
import { parseOptions } from "./options.ts";
import { parseTarget, type Target } from "./target.ts";
import { UsageError } from "./usage-error.ts";

/** The parsed command line. */
export interface RunOptions {
  readonly path: string;
  /** Whom it is about; everything, where nothing was said. */
  readonly target: Target | undefined;
  readonly config: ReadonlyMap<string, bigint | boolean>;
  readonly interface: string | undefined;
  readonly pinDirectory: string | undefined;
  readonly durationMs: number | undefined;
  readonly user: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

export const runHelp = `tarsier run: run programs in Kernel TypeScript, or an eBPF object, around a command

  tarsier run [options] <file.ts|file.o>                              until Ctrl-C
  tarsier run [options] <file.ts|file.o> -- <command> [arguments]     until the command ends
  tarsier run [options] <file.ts|file.o> --pid <pid> | --cgroup <path>

  --for <duration>        stop after 10s, 500ms, 2m, 1h; a command that was started is ended with SIGTERM
  --config <name=value>   a value for a \`config\` variable of the module; may be given several times
  --interface <name>      the network interface for programs at one: XDP, tcx, traffic control
  --pin-directory <path>  where maps that are pinned are shared (/sys/fs/bpf)
  --user <name>           run the command as this user (under sudo: as the user who called it)
  --json                  one JSON object a line
  -q, --quiet             no first line
  -h, --help

Programs are attached before the command begins: those of a cgroup to the command's own, or the given one; probes of
programs and libraries to its process; tracepoints and kernel functions as they are. They see the whole machine
unless they look themselves: \`config\` variables of the names cgroupId, cgroupLevel (u64, u32; as for
currentAncestorCgroupId) and processId (u32, as currentProcess gives it) are set to the scope.

The default export of the module, if there is one, is called with the collection: what it does is all that is shown.
Otherwise the records of ring buffers are printed as they come, and what is in the maps at the end.

Examples
  sudo tarsier run flows.ts -- curl https://example.org
  sudo tarsier run --for 10s --json opens.ts
  sudo tarsier run --config port=443 --interface eth0 drop.ts

The exit code is the command's own; 1 when a program is wrong or the kernel refuses it, 2 for a wrong call.
`;

/** Parses the parameters of \`run\`; `"help"` when that is asked for. Throws `UsageError`. */
export function parseRunOptions(parameters: readonly string[]): RunOptions | "help" {
  const { values, positionals, command } = parseOptions("run", parameters, {
    for: { type: "string" },
    config: { type: "string", multiple: true },
    interface: { type: "string" },
    "pin-directory": { type: "string" },
    user: { type: "string" },
    pid: { type: "string" },
    cgroup: { type: "string" },
    json: { type: "boolean" },
    quiet: { type: "boolean", short: "q" },
  });
  if (values.help) return "help";
  const [path, stray] = positionals;
  if (path === undefined) throw new UsageError("FILE_MISSING", "nothing to run: give FILE.ts or FILE.o");
  if (stray !== undefined) {
    const rest = positionals.slice(1).join(" ");
    throw new UsageError(
      "PARAMETER_UNKNOWN",
      `what is \`${stray}\`? Put \`--\` before the command: tarsier run ${path} -- ${rest}`,
    );
  }
  return {
    path,
    target: parseTarget(values.pid, values.cgroup, command),
    config: new Map((values.config ?? []).map(parseSetting)),
    interface: values.interface,
    pinDirectory: values["pin-directory"],
    durationMs: values.for === undefined ? undefined : parseDurationMs("--for", values.for),
    user: values.user,
    json: values.json ?? false,
    quiet: values.quiet ?? false,
  };
}

/** `name=value`: a whole number in any notation of the language, or a boolean. */
function parseSetting(text: string): readonly [string, bigint | boolean] {
  const [, name, value = ""] = /^([A-Za-z_$][\w$]*)=(.*)$/.exec(text) ?? [];
  if (name !== undefined && /^(true|false)$/.test(value)) return [name, value === "true"];
  if (name === undefined || !/^(-?\d[\d_]*|0x[\da-f_]+|0b[01_]+)n?$/i.test(value)) {
    throw new UsageError(
      "CONFIG_INVALID",
      `--config ${text}: write name=value, the value a whole number, true or false`,
    );
  }
  return [name, BigInt(value.replaceAll("_", "").replace(/n$/, ""))];
}

/** Refuses settings that the programs have no variable for, or that it cannot hold. Throws `UsageError`. */
export function checkSettings(settings: RunOptions["config"], fields: readonly ConfigSpec[]): void {
  for (const [name, value] of settings) {
    const field = fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      const known = fields.map((candidate) => candidate.name).join(", ") || "none";
      throw new UsageError("CONFIG_UNKNOWN", `--config ${name}: there is no such config variable; there are: ${known}`);
    }
    const bits = field.sizeBytes * 8;
    const held = field.signed ? BigInt.asIntN(bits, BigInt(value)) : BigInt.asUintN(bits, BigInt(value));
    if (held !== BigInt(value)) {
      throw new UsageError(
        "CONFIG_RANGE",
        `--config ${name}=${value}: it takes ${bits} bits${field.signed ? "" : ", and no sign"}`,
      );
    }
  }
}
