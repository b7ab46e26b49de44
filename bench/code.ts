/** `npm run bench:code [-- TWIN…] [--json]`: the compiler's code against clang's (`code-rows.ts`). */

import { cpus, release } from "node:os";
import { inputCount, measureTwins } from "./code-rows.ts";

const { table, ...measured } = measureTwins(process.argv.slice(2).filter((argument) => !argument.startsWith("--")));
if (process.argv.includes("--json")) console.log(JSON.stringify(measured));
else {
  const { geomean, netGeomean, emptyNs, compileSpeedup } = measured;
  console.log(`Linux ${release()}, ${cpus()[0]?.model ?? "?"}, Node ${process.version}, clang-19 -O2 -mcpu=v3

${table}

geomean ${geomean.toFixed(3)}; ${netGeomean.toFixed(3)} without the ${emptyNs.toFixed(1)} ns of an empty run
compiled ${compileSpeedup.toFixed(0)} times as fast as by clang (ours warm, clang a process)
each pair gave the same on ${inputCount} inputs: verdicts, packets and maps`);
}
