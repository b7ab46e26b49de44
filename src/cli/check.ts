/** `tarsier check`: programs are compiled and verified, by the kernel or by our own verifier, and attached to nothing. */

import { readCollection } from "../build/read-collection.ts";
import { TarsierError } from "../errors/error.ts";
import { type Checked, checkCollection } from "./check-collection.ts";
import { checkOffline } from "./check-offline.ts";
import type { Command } from "./main.ts";
import { parseOptions } from "./options.ts";
import { print, say } from "./streams.ts";
import { UsageError } from "./usage-error.ts";

const help = `tarsier check: compile programs and have the kernel verify them; nothing is attached

  tarsier check [options] <file.ts|file.o>...

  --offline        by Tarsier's own verifier: needs no kernel and no permission, on any system
  --json           one JSON object a program
  --verifier-log   what the verifier wrote, all of it
  -h, --help

Examples
  sudo tarsier check flows.ts
  sudo tarsier check --json examples/*.ts
  tarsier check --offline flows.ts

Says of each program how many instructions it has, how many of them the verifier went through (it gives up at
1,000,000) and how much stack it takes (512 bytes is all there is). The exit code is 1 when a program is refused.
`;

export const checkCommand: Command = {
  async run(parameters) {
    const { values, positionals } = parseOptions("check", parameters, {
      json: { type: "boolean" },
      offline: { type: "boolean" },
      "verifier-log": { type: "boolean" },
    });
    if (values.help) {
      print(help);
      return 0;
    }
    if (values.offline && values["verifier-log"]) {
      throw new UsageError(
        "OPTION_CONFLICT",
        "--verifier-log is of the kernel, which --offline does not ask: give one of them",
      );
    }
    if (positionals.length === 0) throw new UsageError("FILE_MISSING", "nothing to check: give FILE.ts or FILE.o");
    let exitCode = 0;
    for (const path of positionals) {
      try {
        const spec = await readCollection(path);
        const checked = values.offline
          ? checkOffline(spec)
          : checkCollection(spec, values["verifier-log"] ? "steps" : "sums");
        print(values.json ? checked.map((one) => jsonLine(path, one)).join("") : table(path, checked));
      } catch (error) {
        // The other files are checked all the same.
        if (!(error instanceof TarsierError) || error.kind === "bug") throw error;
        if (values.json)
          print(`${JSON.stringify({ file: path, ok: false, code: error.code, error: error.message })}\n`);
        say(error.details === undefined ? error.message : `${error.message}\n${error.details}`);
        if (values["verifier-log"] && typeof error.cause === "string") print(error.cause);
        exitCode = 1;
      }
    }
    return exitCode;
  },
};

function jsonLine(file: string, { log, ...program }: Checked): string {
  return `${JSON.stringify({ file, ok: true, ...program, ...(log !== undefined && { log }) })}\n`;
}

function table(path: string, programs: readonly Checked[]): string {
  const width = Math.max(...programs.map(({ program }) => program.length));
  return programs
    .map(({ program, hook, instructions, verified, stackBytes, log }) => {
      const numbers = `${instructions} instructions, ${verified} verified, ${stackBytes} bytes of stack`;
      return `${path}: ${program.padEnd(width)}  ok  ${numbers}  (${hook})\n${log ?? ""}`;
    })
    .join("");
}
