/** The twins do the same, as far as a short test can say; `npm run bench:code` asks for more inputs. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/test-files.ts";
import { compileFile } from "../src/compiler/index.ts";
import { kernelTest } from "../src/kernel/kernel-tests.testing.ts";
import { buildWithClang } from "./code-build.ts";
import { checkEqual } from "./code-equal.ts";
import { twins } from "./twins/inputs.ts";

for (const twin of twins) {
  kernelTest(`${twin.name} does the same in Kernel TypeScript and in C`, (context) => {
    if (!hasClang()) return context.skip("there is no clang-19");
    const directory = mkdtempSync(join(tmpdir(), "tarsier-twins-"));
    try {
      const source = join(root, "bench/twins", twin.name);
      const { spec } = buildWithClang(`${source}.bpf.c`, join(directory, "twin.o"), 1);
      checkEqual(twin, compileFile(`${source}.ts`), spec, 300);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

function hasClang(): boolean {
  try {
    execFileSync("clang-19", ["--version"]);
    return true;
  } catch {
    return false;
  }
}
