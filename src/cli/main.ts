/** The command line: finds the command, and turns what it throws into one line and an exit code. */

import { readFileSync } from "node:fs";
import { type ErrorKind, TarsierError } from "../errors/error.ts";
import { commandNotFound } from "../observe/command.ts";
import { doctorCommand } from "./doctor.ts";
import { observeCommand } from "./observe.ts";
import { print, say } from "./streams.ts";

/** A command of `tarsier`. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Runs it; the result is the exit code. */
  run(parameters: readonly string[]): Promise<number>;
}

const commands: readonly Command[] = [observeCommand, doctorCommand];

/** Exit codes: 1 it did not work, 2 it was called wrongly; a bug of ours shows its trace. */
const exitCodes: Readonly<Record<ErrorKind, number>> = { input: 2, permission: 1, kernel: 1, program: 1, bug: 70 };

const usage = `tarsier: see and steer what the Linux kernel sees of a program, without touching the program

  tarsier <command> [options]

${commands.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join("\n")}

  tarsier <command> --help    options and examples of a command
  tarsier --version
`;

/** Runs `tarsier` with the given parameters. */
export async function main(parameters: readonly string[]): Promise<number> {
  const [name, ...rest] = parameters;
  try {
    if (name === "--version" || name === "-V") return answer(`${version()}\n`);
    if (name === undefined || name === "--help" || name === "-h" || name === "help") return answer(usage);
    const command = commands.find((candidate) => candidate.name === name);
    if (command === undefined) {
      say(`there is no command \`${name}\`: see \`tarsier --help\``);
      return 2;
    }
    return await command.run(rest);
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (!(error instanceof TarsierError) || error.kind === "bug") {
    say(`this is a bug in Tarsier: ${error instanceof Error ? error.stack : error}`);
    return exitCodes.bug;
  }
  say(error.details === undefined ? error.message : `${error.message}\n${error.details}`);
  return error.code === "COMMAND_NOT_FOUND" ? commandNotFound : exitCodes[error.kind];
}

function answer(text: string): number {
  print(text);
  return 0;
}

function version(): string {
  return JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")).version;
}
