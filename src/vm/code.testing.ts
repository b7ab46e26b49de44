/** Programs from machine code or assembly, alone in a sandbox. */

import { createBtfBuilder } from "../btf/build.ts";
import { assemble, encode } from "../isa/index.ts";
import type { CollectionSpec } from "../spec/index.ts";
import { loadSandbox, type SandboxOptions, type SandboxProgram } from "./sandbox.ts";

/** A program of that code, which takes any memory as its context. */
export function programOf(code: Uint8Array | string, options: SandboxOptions = {}): SandboxProgram {
  return loadSandbox(collectionOf(code), options).program("run");
}

/** A collection of that one program, `run`. */
export function collectionOf(code: Uint8Array | string): CollectionSpec {
  const btf = createBtfBuilder();
  btf.add({ kind: "int", name: "u32", sizeBytes: 4, encoding: "unsigned" });
  return {
    name: "case",
    license: "Dual MIT/GPL",
    maps: [],
    config: [],
    programs: [
      {
        name: "run",
        hook: { kind: "syscall", target: "" },
        code: typeof code === "string" ? encode(assemble(code)) : new Uint8Array(code),
        maps: [],
        relocations: [],
        functions: [],
        lines: [],
      },
    ],
    btf: btf.encode(),
  };
}
