/** `npm run bench:check [-- FILE]`: how long `tarsier check` takes as a whole process. Above the limit it exits with 1. */

import { loadavg } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/test-files.ts";
import { checkTimesMs } from "./check-time.ts";

const limitMs = 250;
const { check, node } = checkTimesMs(process.argv[2] ?? join(root, "examples/drop-list.ts"));
const load = loadavg()[0]!.toFixed(1);
console.log(`${node.toFixed(0)} ms  node alone`);
console.log(`${check.toFixed(0)} ms  tarsier check; the limit is ${limitMs} ms (load average ${load})`);
if (check > limitMs) process.exitCode = 1;
