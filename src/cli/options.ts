/** Options of a command, read in one way for all of them. */

import { parseArgs } from "node:util";
import { UsageError } from "./usage-error.ts";

/** Names of options: each is a flag or takes a value. */
interface Options {
  readonly [name: string]: { readonly type: "boolean" | "string"; readonly short?: string; readonly multiple?: true };
}

type Values<Given extends Options> = {
  readonly [Name in keyof Given]?: Given[Name]["type"] extends "boolean"
    ? boolean
    : Given[Name] extends { readonly multiple: true }
      ? readonly string[]
      : string;
};

/** What was typed: options, and what stands beside them; what stands after `--` is the command. */
export interface Typed<Given extends Options> {
  readonly values: Values<Given> & { readonly help?: boolean };
  readonly positionals: readonly string[];
  readonly command: readonly string[] | undefined;
}

/** Parses parameters; every command has `--help`. Throws `UsageError`. */
export function parseOptions<const Given extends Options>(
  name: string,
  parameters: readonly string[],
  options: Given,
): Typed<Given> {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...parameters],
      allowPositionals: true,
      tokens: true,
      options: { ...options, help: { type: "boolean", short: "h" } },
    });
    const terminator = tokens.find(({ kind }) => kind === "option-terminator");
    const command = terminator && parameters.slice(terminator.index + 1);
    return {
      values: values as Typed<Given>["values"],
      positionals: positionals.slice(0, positionals.length - (command?.length ?? 0)),
      command,
    };
  } catch (cause) {
    const [reason] = (cause as Error).message.split("\n");
    throw new UsageError("OPTION_INVALID", `${reason}; see \`tarsier ${name} --help\``, { cause });
  }
}
