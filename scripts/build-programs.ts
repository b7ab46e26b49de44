/** Compiles the programs that ship, so that an installed Tarsier starts without the compiler. */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileFile } from "../src/compiler/index.ts";
import { collectionToJson } from "../src/spec/json.ts";

const sources = new URL("../../src/programs/", import.meta.url);
const output = new URL("../src/programs/", import.meta.url);

for (const name of ["tracepoints", "functions", "self", "described"]) {
  const spec = compileFile(fileURLToPath(new URL(`${name}.ts`, sources)));
  writeFileSync(new URL(`${name}.json`, output), collectionToJson(spec));
}
