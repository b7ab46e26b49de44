/** `tarsier types`: types of the kernel as a TypeScript module. */

import { readFileSync } from "node:fs";
import { type Btf, readBtf, typesToTypeScript } from "../btf/index.ts";
import { InputError } from "../errors/error.ts";
import { kernelTypes } from "../kernel/index.ts";
import type { Command } from "./main.ts";
import { nearest } from "./nearest.ts";
import { parseOptions } from "./options.ts";
import { print } from "./streams.ts";

const help = `tarsier types: write types of the kernel as TypeScript, for programs to import

  tarsier types [options] <name>...

  --btf <file>   types of another kernel or module: a file in BTF, /sys/kernel/btf/vmlinux when absent
  -h, --help

Examples
  tarsier types task_struct > vmlinux.ts
  tarsier types sock tcp_sock sk_buff
  tarsier types trace_event_raw_sched_process_exec
  tarsier types --btf ./vmlinux-6.1.btf file

Names are those of structs, unions, enums and typedefs. What they contain is written too; what they only point to is
declared empty: name it as well to get it whole. In a program: import type { task_struct } from "./vmlinux.ts".
`;

/** What a name may stand for. */
const namedKinds: ReadonlySet<string> = new Set(["struct", "union", "enum", "enum64", "typedef"]);

export const typesCommand: Command = {
  async run(parameters) {
    const { values, positionals } = parseOptions("types", parameters, { btf: { type: "string" } });
    if (values.help || positionals.length === 0) {
      print(help);
      return 0;
    }
    const btf = values.btf === undefined ? kernelTypes() : readTypes(values.btf);
    print(write(btf, positionals, values.btf ?? "this kernel"));
    return 0;
  },
};

function write(btf: Btf, names: readonly string[], owner: string): string {
  for (const name of names) {
    if (
      ["struct", "union", "enum", "enum64", "typedef"].some((kind) => btf.find(name, kind as "struct") !== undefined)
    ) {
      continue;
    }
    const near = nearest(name, namesOf(btf));
    const remedy = near.length === 0 ? "" : `; is it ${near.join(", or ")}?`;
    throw new InputError("TYPE_ABSENT", `${owner} has no type ${name}${remedy}`);
  }
  return typesToTypeScript(btf, names);
}

function* namesOf(btf: Btf): Generator<string> {
  for (let id = btf.firstId; id < btf.count; id++) {
    if (!namedKinds.has(btf.kind(id))) continue;
    const type = btf.type(id);
    if ("name" in type && type.name !== "") yield type.name;
  }
}

function readTypes(path: string): Btf {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError("FILE_UNREADABLE", `--btf ${path}: cannot be read (${code})`, { cause });
  }
  try {
    return readBtf(bytes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.code, `--btf ${path}: ${error.message}`, { cause: error });
  }
}
