/**
 * The last step to a traced command, in a process of its own: it puts itself under the filter and becomes the command. Run as
 * `node launch.js OPEN-FILES EXECUTABLE NAME ARGUMENTS…`; whoever starts it traces it already.
 */

import { classicBytes, encodeClassic } from "../isa/classic/index.ts";
import { tracedMachine } from "./calls.ts";
import { traceFilter } from "./filter.ts";
import {
  addressOf,
  execute,
  keepOpen,
  limitOpenFiles,
  processControl,
  setSignalHandler,
  signalHandler,
  systemCall,
  unblockSignals,
} from "./libc.ts";

const noNewPrivileges = 38;
const setFilter = 1;
/** Exit codes of shells: it cannot be run. */
const notRunnable = 126;
const signalCount = 31;
/** Signals that no process can have another handler for. */
const fixedSignals = new Set([9, 19]);

function fail(what: string, result: number): never {
  process.stderr.write(`tarsier: cannot ${what}: errno ${-result}\n`);
  process.exit(notRunnable);
}

const [limit = "", executable = "", ...parameters] = process.argv.slice(2);
const code = encodeClassic(traceFilter(tracedMachine()));
// struct sock_fprog: a length of 16 bits, then an address.
const program = new BigUint64Array([BigInt(code.length / classicBytes), BigInt(addressOf(code))]);

if (limit !== "") limitOpenFiles(limit === "unlimited" ? Number.POSITIVE_INFINITY : Number(limit));
const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
const privileges = processControl(noNewPrivileges, 1);
if (privileges < 0) fail("give up new privileges (prctl)", privileges);
// Node ignores some signals, and a command would inherit that.
for (let number = 1; number <= signalCount; number++) {
  if (!fixedSignals.has(number)) setSignalHandler(number, signalHandler.default);
}
unblockSignals();
// Node closes everything at an execve that it was started with.
for (const fd of [0, 1, 2]) keepOpen(fd);
const filtered = systemCall(tracedMachine().seccomp, setFilter, 0, addressOf(program));
if (filtered < 0) fail("install a seccomp filter", filtered);
const failure = execute(executable, parameters, environment);
fail(`run ${executable}`, failure);
