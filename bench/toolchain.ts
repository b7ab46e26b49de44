/**
 * `npm run bench:toolchain`: the table of what the toolchain costs: compiling, checking, the code it makes, maps and rings.
 */

import { readFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/test-files.ts";
import { kernelHalf } from "../src/build/halves.ts";
import { compile } from "../src/compiler/index.ts";
import { checkTimesMs } from "./check-time.ts";
import { compileMs } from "./code-build.ts";
import { measureTwins } from "./code-rows.ts";
import { installedSizes } from "./installed-size.ts";
import { kernelLookupsNs, measureLibrary } from "./library.ts";

const example = "examples/drop-list.ts";

const { geomean, netGeomean, compileSpeedup, table } = measureTwins();
const { lookupNs, batchedNs, drainMillions } = measureLibrary();
const [kernelLookupNs, kernelBatchedNs] = kernelLookupsNs();
const readFile = (path: string) => kernelHalf(path, readFileSync(path, "utf8"));
const exampleMs = compileMs(() => compile({ entry: join(root, example), readFile }));
const { check, node } = checkTimesMs(join(root, example));
const installedBytes = installedSizes().packages.reduce((sum, { bytes }) => sum + bytes, 0);

console.log(`Linux ${release()}, ${cpus().length} cores of ${cpus()[0]?.model ?? "?"}, Node ${process.version}\n`);
console.log(`| what | target | measured |
|---|---|---|
| compile one example (${example}), warm | ≤ 10 ms | ${exampleMs.toFixed(1)} ms |
| the same, clang-19 on the C twin ÷ ours, geomean of the twins | ≥ 10 | ${compileSpeedup.toFixed(0)} |
| \`tarsier check\` of one example, the whole process | ≤ 250 ms | ${check.toFixed(0)} ms, of which Node alone ${node.toFixed(0)} ms |
| code: ns per test run, ours ÷ clang-19 -O2, geomean | ≤ 1.10 | ${geomean.toFixed(3)} (${netGeomean.toFixed(3)} without the run itself) |
| map look-up from JS, single | ≤ 400 ns | ${lookupNs.toFixed(0)} ns; the same calls in C ${kernelLookupNs} ns |
| map look-up from JS, batched | ≤ 200 ns | ${batchedNs.toFixed(0)} ns; in C, keys and values unread, ${kernelBatchedNs} ns |
| ring buffer drain in JS, an object of 4 fields an event | ≥ 20 M/s | ${drainMillions.toFixed(1)} M/s |
| installed size with runtime dependencies | ≤ 25 MB | ${(installedBytes / 1e6).toFixed(1)} MB |

${table}`);
