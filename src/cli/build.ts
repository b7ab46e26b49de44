/** `tarsier build`: programs as files. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CompiledModule } from "../build/emit-module.ts";
import { isTypeScript, readCollection } from "../build/read-collection.ts";
import { elfFromCollection } from "../elf/index.ts";
import { InputError } from "../errors/error.ts";
import type { Command } from "./main.ts";
import { parseOptions } from "./options.ts";
import { print } from "./streams.ts";
import { UsageError } from "./usage-error.ts";

/** Passes of the compiler that can be printed, in their order. */
const passes = ["lower", "simplify", "forget", "shape", "allocate", "emit"];

const help = `tarsier build: compile programs to an eBPF object, or to a module that needs no compiler

  tarsier build <file.ts> -o <file.o>              an object that libbpf and bpftool load
  tarsier build <file.ts>... --out-dir <folder>    FILE.js and FILE.d.ts, with the compiled programs inside
  tarsier build <file.ts>... --print=<pass>        what a pass of the compiler makes: ${passes.join(", ")}; or all

  -h, --help

Examples
  tarsier build flows.ts -o flows.o && bpftool prog loadall flows.o /sys/fs/bpf/flows
  tarsier build src/flows.ts --out-dir dist
  tarsier build flows.ts --print=emit

Compiling needs no rights. Without any of the options programs are compiled and nothing is written.
`;

export const buildCommand: Command = {
  async run(parameters) {
    const { values, positionals } = parseOptions("build", parameters, {
      output: { type: "string", short: "o" },
      "out-dir": { type: "string" },
      print: { type: "string" },
    });
    if (values.help) {
      print(help);
      return 0;
    }
    if (positionals.length === 0) throw new UsageError("FILE_MISSING", "nothing to build: give FILE.ts");
    const { output, print: pass, "out-dir": folder } = values;
    if (pass !== undefined && pass !== "all" && !passes.includes(pass)) {
      throw new UsageError(
        "PASS_UNKNOWN",
        `--print=${pass}: there is no such pass; there are ${passes.join(", ")}, or all`,
      );
    }
    if (output !== undefined && positionals.length > 1) {
      throw new UsageError("OUTPUT_AMBIGUOUS", `-o ${output}: one object is of one file; build them one by one`);
    }
    const modules: CompiledModule[] = [];
    for (const path of positionals) {
      const spec = await readCollection(path, pass === undefined ? {} : { print: printer(pass) });
      if (output !== undefined) write(output, elfFromCollection(spec), "-o");
      modules.push({ path, spec });
    }
    if (folder !== undefined) await writeModules(modules, folder);
    return 0;
  },
};

/** Prints the passes that were asked for, each under a line that says whose it is. */
function printer(wanted: string): (pass: string, program: string, text: string) => void {
  return (pass, program, text) => {
    if (wanted === "all" || wanted === pass) print(`--- ${program}: ${pass}\n${text.trimEnd()}\n\n`);
  };
}

/** Writes nothing at all unless all of it could be made. */
async function writeModules(modules: readonly CompiledModule[], folder: string): Promise<void> {
  const foreign = modules.find(({ path }) => !isTypeScript(path));
  if (foreign !== undefined) throw new UsageError("FILE_KIND", `--out-dir: ${foreign.path} is no module in TypeScript`);
  const { commonFolder, emitModules } = await import("../build/emit-module.ts");
  const files = await emitModules(modules, commonFolder(modules.map(({ path }) => path)));
  for (const { path, text } of files) write(join(folder, path), text, "--out-dir");
}

function write(path: string, content: Uint8Array | string, option: string): void {
  try {
    if (option === "--out-dir") mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError("OUTPUT_UNWRITABLE", `${option} ${path}: cannot be written (${code})`, { cause });
  }
}
