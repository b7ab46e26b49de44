/** `tarsier build`: programs as files. */

import { writeFileSync } from "node:fs";
import { readCollection } from "../build/read-collection.ts";
import { elfFromCollection } from "../elf/index.ts";
import { InputError } from "../errors/error.ts";
import type { Command } from "./main.ts";
import { parseOptions } from "./options.ts";
import { print } from "./streams.ts";
import { UsageError } from "./usage-error.ts";

/** Passes of the compiler that can be printed, in their order. */
const passes = ["lower", "simplify", "forget", "shape", "allocate", "emit"];

const help = `tarsier build: compile programs to an eBPF object

  tarsier build <file.ts> -o <file.o>              an object that libbpf and bpftool load
  tarsier build <file.ts>... --print=<pass>        what a pass of the compiler makes: ${passes.join(", ")}; or all

  -h, --help

Examples
  tarsier build flows.ts -o flows.o && bpftool prog loadall flows.o /sys/fs/bpf/flows
  tarsier build flows.ts --print=emit

Compiling needs no rights. Without any of the options programs are compiled and nothing is written.
`;

export const buildCommand: Command = {
  async run(parameters) {
    const { values, positionals } = parseOptions("build", parameters, {
      output: { type: "string", short: "o" },
      print: { type: "string" },
    });
    if (values.help) {
      print(help);
      return 0;
    }
    if (positionals.length === 0) throw new UsageError("FILE_MISSING", "nothing to build: give FILE.ts");
    const { output, print: pass } = values;
    if (pass !== undefined && pass !== "all" && !passes.includes(pass)) {
      throw new UsageError(
        "PASS_UNKNOWN",
        `--print=${pass}: there is no such pass; there are ${passes.join(", ")}, or all`,
      );
    }
    if (output !== undefined && positionals.length > 1) {
      throw new UsageError("OUTPUT_AMBIGUOUS", `-o ${output}: one object is of one file; build them one by one`);
    }
    for (const path of positionals) {
      const spec = await readCollection(path, pass === undefined ? {} : { print: printer(pass) });
      if (output !== undefined) write(output, elfFromCollection(spec));
    }
    return 0;
  },
};

/** Prints the passes that were asked for, each under a line that says whose it is. */
function printer(wanted: string): (pass: string, program: string, text: string) => void {
  return (pass, program, text) => {
    if (wanted === "all" || wanted === pass) print(`--- ${program}: ${pass}\n${text.trimEnd()}\n\n`);
  };
}

function write(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError("OUTPUT_UNWRITABLE", `-o ${path}: cannot be written (${code})`, { cause });
  }
}
