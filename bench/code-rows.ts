/**
 * The compiler's code against clang's. Each program of bench/twins stands there in Kernel TypeScript and in C, as libbpf-tools
 * would write it. Both must do the same on 10,000 inputs; then both are timed in turn.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/test-files.ts";
import { compileFile } from "../src/compiler/index.ts";
import { loadCollection } from "../src/kernel/index.ts";
import { type Built, buildWithClang, compileMs } from "./code-build.ts";
import { checkEqual } from "./code-equal.ts";
import { interleaved } from "./code-time.ts";
import { median } from "./statistics.ts";
import { type Twin, twins } from "./twins/inputs.ts";

export interface Row {
  readonly name: string;
  readonly oursNs: number;
  readonly clangNs: number;
  readonly emptyNs: number;
  readonly oursInstructions: number;
  readonly clangInstructions: number;
  readonly oursCompileMs: number;
  readonly clangCompileMs: number;
}

export const inputCount = 10_000;

function measure(twin: Twin, directory: string): Row {
  const source = join(root, "bench/twins", twin.name);
  const ours: Built = { spec: compileFile(`${source}.ts`), compileMs: compileMs(() => compileFile(`${source}.ts`)) };
  const theirs = buildWithClang(`${source}.bpf.c`, join(directory, `${twin.name}.o`));
  checkEqual(twin, ours.spec, theirs.spec, inputCount);

  const specs = [ours.spec, theirs.spec, compileFile(join(root, "bench/twins/empty.ts"))];
  const collections = specs.map((spec) => loadCollection(spec));
  try {
    for (const { maps, map } of collections) if (maps.size > 0) twin.fill?.(map);
    const programs = collections.map((collection) => collection.program("run"));
    const [oursNs, clangNs, emptyNs] = interleaved(programs, twin.typical).map(median);
    const [oursInstructions, clangInstructions] = specs.map(({ programs: [program] }) => program!.code.length / 8);
    return {
      name: twin.name,
      ...{ oursNs: oursNs!, clangNs: clangNs!, emptyNs: emptyNs! },
      ...{ oursInstructions: oursInstructions!, clangInstructions: clangInstructions! },
      ...{ oursCompileMs: ours.compileMs, clangCompileMs: theirs.compileMs },
    };
  } finally {
    for (const collection of collections) collection.close();
  }
}

const geometricMean = (numbers: readonly number[]) =>
  Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);

const ratio = ({ oursNs, clangNs }: Row) => oursNs / clangNs;

/** Without what a test run costs by itself. */
const netRatio = ({ oursNs, clangNs, emptyNs }: Row) =>
  Math.max(oursNs - emptyNs, 0.1) / Math.max(clangNs - emptyNs, 0.1);

function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    row.oursNs.toFixed(1),
    row.clangNs.toFixed(1),
    ratio(row).toFixed(2),
    netRatio(row).toFixed(2),
    `${row.oursInstructions}`,
    `${row.clangInstructions}`,
    row.oursCompileMs.toFixed(2),
    row.clangCompileMs.toFixed(0),
  ]);
  const titles = ["twin", "ns", "clang ns", "ratio", "net ratio", "slots", "clang slots", "compile ms", "clang ms"];
  return [titles, titles.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

export interface TwinRows {
  readonly rows: readonly Row[];
  readonly geomean: number;
  readonly netGeomean: number;
  readonly emptyNs: number;
  /** How many times as fast as clang. */
  readonly compileSpeedup: number;
  /** All of it, for people. */
  readonly table: string;
}

/** Measures the twins of these names, or all. */
export function measureTwins(wanted: readonly string[] = []): TwinRows {
  const directory = mkdtempSync(join(tmpdir(), "tarsier-twins-"));
  try {
    const rows = twins
      .filter(({ name }) => wanted.length === 0 || wanted.includes(name))
      .map((twin) => measure(twin, directory));
    return {
      rows,
      geomean: geometricMean(rows.map(ratio)),
      netGeomean: geometricMean(rows.map(netRatio)),
      emptyNs: median(rows.map(({ emptyNs }) => emptyNs)),
      compileSpeedup: geometricMean(rows.map(({ oursCompileMs, clangCompileMs }) => clangCompileMs / oursCompileMs)),
      table: table(rows),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
