/** The compiler: Kernel TypeScript → eBPF. */

import { readFileSync } from "node:fs";
import * as isa from "../isa/index.ts";
import type { CollectionSpec } from "../spec/collection.ts";
import { align } from "./align.ts";
import { allocate } from "./allocate.ts";
import { assemble, type Subprogram } from "./assemble.ts";
import { chooseWithoutBranches } from "./choose.ts";
import { spareChecks } from "./counters.ts";
import { emit } from "./emit.ts";
import type { ProgramEntity } from "./entity.ts";
import { collect, collectContents } from "./exports.ts";
import { forget } from "./forget.ts";
import type { Routine } from "./ir.ts";
import { findLoops } from "./loops.ts";
import { lowerProgram } from "./lower/program.ts";
import { checkUnused } from "./lower/unused.ts";
import { resolve } from "./module.ts";
import { parse, type ReadFile } from "./parse.ts";
import { printRoutine } from "./print-ir.ts";
import { moveToScratch } from "./scratch.ts";
import { shape } from "./shape.ts";
import { simplify } from "./simplify.ts";
import { unroll } from "./unroll.ts";

/** Passes whose output can be printed. */
export type PrintablePass = "lower" | "simplify" | "forget" | "shape" | "allocate" | "emit";

/** What is compiled, and how. */
export interface CompileOptions {
  /** The path of the module that exports the programs. */
  readonly entry: string;
  /** The text of a module. Paths are the entry's, and others relative to it. */
  readonly readFile: ReadFile;
  /** The collection's name; the entry's file name if it is not given. */
  readonly name?: string;
  /** The licence that the kernel is told. */
  readonly license?: string;
  /** Gets each program after each pass, as text. */
  readonly print?: (pass: PrintablePass, program: string, text: string) => void;
}

/**
 * Compiles a module and what it imports. The same text gives the same bytes.
 *
 * ```ts
 * const spec = compile({ entry: "flows.ts", readFile: (path) => readFileSync(path, "utf8") });
 * ```
 */
export function compile({ entry, readFile, name, license, print }: CompileOptions): CollectionSpec {
  const modules = resolve(parse(entry, readFile));
  const { programs, uses } = collect(modules.get(entry)!);

  const generate = (routine: Routine, entity: ProgramEntity): Subprogram => {
    const show = (pass: PrintablePass, text: () => string) => print?.(pass, entity.name, text());
    show("lower", () => printRoutine(routine));
    simplify(routine);
    if (unroll(routine)) simplify(routine);
    const scratch = moveToScratch(routine, entity);
    if (scratch !== undefined) {
      uses.maps.add(scratch);
      simplify(routine);
    }
    spareChecks(findLoops(routine));
    show("simplify", () => printRoutine(routine));
    align(routine);
    forget(routine);
    show("forget", () => printRoutine(routine));
    chooseWithoutBranches(routine);
    shape(routine);
    show("shape", () => printRoutine(routine));
    const allocation = allocate(routine);
    show("allocate", () => printRoutine(routine, allocation.registers));
    const code = emit(routine, allocation);
    show("emit", () => isa.printProgram(code.map(({ instruction }) => instruction)));
    return { routine, code };
  };
  const compiled = programs.map((entity) => ({
    entity,
    subprograms: withFunctions(lowerProgram(entity, uses), (routine) => generate(routine, entity)),
  }));

  for (const module of modules.values()) {
    for (const entity of module.functions()) if (!uses.functions.has(entity.node)) checkUnused(entity);
  }
  collectContents(uses, programs);
  return assemble({
    name: name ?? nameOfFile(entry),
    license: license ?? "Dual MIT/GPL",
    programs: compiled,
    maps: uses.maps,
    configs: uses.configs,
    globals: uses.globals,
    records: uses.records,
    logs: uses.logs,
    optional: uses.optional,
  });
}

/** Compiles a module of the file system. */
export function compileFile(path: string, options: Omit<CompileOptions, "entry" | "readFile"> = {}): CollectionSpec {
  return compile({ entry: path, readFile: (module) => readFileSync(module, "utf8"), ...options });
}

function nameOfFile(path: string): string {
  return path.split("/").at(-1)!.replace(/\.ts$/, "");
}

/** A routine's code and, behind it, that of every other that is left in it as something to call or to hand to the kernel. */
function withFunctions(entry: Routine, generate: (routine: Routine) => Subprogram): Subprogram[] {
  const found = new Set([entry]);
  const subprograms: Subprogram[] = [];
  // What is found on the way is generated too.
  for (const routine of found) {
    subprograms.push(generate(routine));
    for (const { op } of routine.blocks.flatMap(({ body }) => body)) {
      if (op.kind === "function" || op.kind === "callFunction") found.add(op.routine);
    }
  }
  return subprograms;
}
