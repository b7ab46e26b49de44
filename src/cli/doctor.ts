/** `tarsier doctor`: what this machine has of what Tarsier needs. */

import { parseArgs } from "node:util";
import { InputError } from "../errors/error.ts";
import { examine, type Finding } from "../observe/findings.ts";
import type { Command } from "./main.ts";
import { print } from "./streams.ts";

const help = `tarsier doctor: what this machine and your rights have of what Tarsier needs

  tarsier doctor [--json]

The exit code is 0 when observing works here, 1 when something that is needed is missing.

Example
  sudo tarsier doctor
`;

export const doctorCommand: Command = {
  async run(parameters) {
    const options = parse(parameters);
    if (options.help) {
      print(help);
      return 0;
    }
    const findings = examine();
    print(options.json ? `${JSON.stringify(findings)}\n` : findings.map(line).join(""));
    return findings.some(({ ok }) => ok === false) ? 1 : 0;
  },
};

function line({ name, ok, found, remedy }: Finding): string {
  const mark = ok === undefined ? "·" : ok ? "✓" : "✗";
  return `${mark} ${name.padEnd(30)} ${found}\n${remedy === undefined ? "" : `${" ".repeat(33)}${remedy}\n`}`;
}

function parse(parameters: readonly string[]) {
  try {
    return parseArgs({
      args: [...parameters],
      options: { json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    }).values;
  } catch (cause) {
    throw new InputError("OPTION_INVALID", `${(cause as Error).message}; see \`tarsier doctor --help\``, { cause });
  }
}
