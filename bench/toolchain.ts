/**
 * `npm run bench:toolchain`: the table of what the toolchain costs: compiling, checking, the code it makes, maps and rings.
 */

import { execFileSync } from "node:child_process";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/test-files.ts";
import { compileFile } from "../src/compiler/index.ts";
import { compileMs } from "./code-build.ts";
import { measureTwins } from "./code-rows.ts";
import { kernelLookupsNs, measureLibrary } from "./library.ts";
import { median, spread } from "./statistics.ts";

const checkRounds = 9;
const example = "examples/drop-list.ts";

function checkTimesMs(): number[] {
  return Array.from({ length: checkRounds }, () => {
    const began = process.hrtime.bigint();
    execFileSync(process.execPath, ["bin/tarsier.js", "check", example], { cwd: root });
    return Number(process.hrtime.bigint() - began) / 1e6;
  });
}

const { geomean, netGeomean, compileSpeedup, table } = measureTwins();
const { lookupNs, batchedNs, drainMillions } = measureLibrary();
const [kernelLookupNs, kernelBatchedNs] = kernelLookupsNs();
const exampleMs = compileMs(() => compileFile(join(root, example)));
const checks = checkTimesMs();
const ms = (value: number) => value.toFixed(0);

console.log(`Linux ${release()}, ${cpus().length} cores of ${cpus()[0]?.model ?? "?"}, Node ${process.version}\n`);
console.log(`| what | target | measured |
|---|---|---|
| compile one example (${example}), warm | ≤ 10 ms | ${exampleMs.toFixed(1)} ms |
| the same, clang-19 on the C twin ÷ ours, geomean of the twins | ≥ 10 | ${compileSpeedup.toFixed(0)} |
| \`tarsier check\` of one example, the whole process | ≤ 250 ms | ${ms(median(checks))} (${spread(checks, ms)}) ms |
| code: ns per test run, ours ÷ clang-19 -O2, geomean | ≤ 1.10 | ${geomean.toFixed(3)} (${netGeomean.toFixed(3)} without the run itself) |
| map look-up from JS, single | ≤ 400 ns | ${lookupNs.toFixed(0)} ns; the same calls in C ${kernelLookupNs} ns |
| map look-up from JS, batched | ≤ 200 ns | ${batchedNs.toFixed(0)} ns; in C, keys and values unread, ${kernelBatchedNs} ns |
| ring buffer drain in JS, an object of 4 fields an event | ≥ 20 M/s | ${drainMillions.toFixed(1)} M/s |

${table}`);
