/** For tests: what TypeScript itself says of programs. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The names of modules that TypeScript refuses, all of them checked in one run. */
export function refusedByTypeScript(modules: ReadonlyMap<string, string>): Set<string> {
  const folder = mkdtempSync(join(tmpdir(), "tarsier-typescript-"));
  try {
    for (const [name, text] of modules) writeFileSync(join(folder, `${name}.ts`), text);
    // Wherever TypeScript is at home there is a console.
    writeFileSync(join(folder, "console.d.ts"), "declare const console: { log(...values: unknown[]): void };");
    const paths = { "tarsier/program": [join(root, "src/program/index.ts")] };
    const options = {
      ...{ strict: true, noEmit: true, target: "es2022", module: "nodenext", moduleResolution: "nodenext", paths },
      ...{ allowImportingTsExtensions: true, lib: ["es2023"], types: [], skipLibCheck: true },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.ts"] }));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const output = outputOf(join(root, "node_modules/typescript/bin/tsc"), folder);
    return new Set([...output.matchAll(/^(\w+)\.ts\(/gm)].map(([, name]) => name!));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function outputOf(compiler: string, folder: string): string {
  try {
    return execFileSync(process.execPath, [compiler, "-p", "."], { cwd: folder, encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
