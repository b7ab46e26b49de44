/** Classic BPF in the sandbox: a filter in the old language as a collection of one program. */

import { createBtfBuilder } from "../btf/build.ts";
import { classic, encode } from "../isa/index.ts";
import type { CollectionSpec } from "../spec/index.ts";

/** The filter as the socket filter `filter`: its result is how many bytes of a packet are taken. Throws `InputError` for what is no filter. */
export function classicFilter(program: readonly classic.ClassicInstruction[]): CollectionSpec {
  return {
    name: "classic",
    license: "Dual MIT/GPL",
    maps: [],
    config: [],
    programs: [
      {
        name: "filter",
        hook: { kind: "socketFilter", target: "" },
        code: encode(classic.extendedFromClassic(program)),
        maps: [],
        relocations: [],
        functions: [],
        lines: [],
      },
    ],
    btf: createBtfBuilder().encode(),
  };
}
