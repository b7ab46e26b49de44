/** The command line: finds the command, and turns what it throws into one line and an exit code. */

import { readFileSync } from "node:fs";
import { type ErrorKind, TarsierError } from "../errors/error.ts";
import { print, say } from "./streams.ts";
import { UsageError } from "./usage-error.ts";

/** A command of `tarsier`. */
export interface Command {
  /** Runs it; the result is the exit code. */
  run(parameters: readonly string[]): Promise<number>;
}

/** A command before it is loaded: each brings along only what it needs itself. */
interface CommandRow {
  readonly name: string;
  readonly summary: string;
  /** What it works on: input that is wrong is a wrong call, or a file that is wrong. */
  readonly takes: "parameters" | "files";
  load(): Promise<Command>;
}

const commands: readonly CommandRow[] = [
  {
    name: "run",
    summary: "run programs in Kernel TypeScript, or an eBPF object, around a command",
    takes: "files",
    load: async () => (await import("./run.ts")).runCommand,
  },
  {
    name: "build",
    summary: "compile programs to an eBPF object, or to a module that needs no compiler",
    takes: "files",
    load: async () => (await import("./build.ts")).buildCommand,
  },
  {
    name: "check",
    summary: "compile programs and have the kernel verify them",
    takes: "files",
    load: async () => (await import("./check.ts")).checkCommand,
  },
  {
    name: "types",
    summary: "write types of the kernel as TypeScript",
    takes: "files",
    load: async () => (await import("./types.ts")).typesCommand,
  },
  {
    name: "observe",
    summary: "show every connection and HTTP request of a command, from the kernel",
    takes: "parameters",
    load: async () => (await import("./observe.ts")).observeCommand,
  },
  {
    name: "replay",
    summary: "show a recording again, or run programs on the packets of a capture",
    takes: "files",
    load: async () => (await import("./replay.ts")).replayCommand,
  },
  {
    name: "doctor",
    summary: "say what is needed here, found or missing, with its remedy",
    takes: "parameters",
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
];

const wrongCall = 2;
/** As shells have it. */
const commandNotFound = 127;
/** Exit codes: 1 it did not work, 2 it was called wrongly; a bug of ours shows its trace. */
const exitCodes: Readonly<Record<ErrorKind, number>> = { input: 1, permission: 1, kernel: 1, program: 1, bug: 70 };

const usage = `tarsier: see and steer what the Linux kernel sees of a program, without touching the program

  tarsier <command> [options]

${commands.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join("\n")}

  tarsier <command> --help    options and examples of a command
  tarsier --version
`;

/** Runs `tarsier` with the given parameters. */
export async function main(parameters: readonly string[]): Promise<number> {
  const [name, ...rest] = parameters;
  const command = commands.find((candidate) => candidate.name === name);
  try {
    if (name === "--version" || name === "-V") return answer(`${version()}\n`);
    if (name === undefined || name === "--help" || name === "-h" || name === "help") return answer(usage);
    if (command === undefined) {
      say(`there is no command \`${name}\`: see \`tarsier --help\``);
      return wrongCall;
    }
    return await (await command.load()).run(rest);
  } catch (error) {
    return report(error, command?.takes === "parameters");
  }
}

function report(error: unknown, inputIsCall: boolean): number {
  if (!(error instanceof TarsierError) || error.kind === "bug") {
    say(`this is a bug in Tarsier: ${error instanceof Error ? error.stack : error}`);
    return exitCodes.bug;
  }
  say(error.details === undefined ? error.message : `${error.message}\n${error.details}`);
  if (error.code === "COMMAND_NOT_FOUND") return commandNotFound;
  if (error instanceof UsageError || (error.kind === "input" && inputIsCall)) return wrongCall;
  return exitCodes[error.kind];
}

function answer(text: string): number {
  print(text);
  return 0;
}

function version(): string {
  return JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")).version;
}
