/**
 * `npm run bench:sandbox`: what programs cost in the sandbox, beside the kernel: the same bytecode, one run, interleaved. Needs root, for
 * the kernel's side.
 */

import { readFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/test-files.ts";
import { compile } from "../src/compiler/index.ts";
import { loadCollection, testRun } from "../src/kernel/index.ts";
import { compiledPrograms } from "../src/observe/compiled.ts";
import { loadSandbox } from "../src/vm/sandbox.ts";
import { verifyProgram } from "../src/vm/verifier/index.ts";
import { firstRunMs, helperCallNs, interpreterNs } from "./sandbox/instructions.ts";
import { median } from "./statistics.ts";

const rounds = 15;
/** Of half a microsecond and more, in the kernel. */
const longPrograms = ["sumBytes", "randomNumbers", "digits", "sieve", "sort", "countFlows", "callBack"];
const filter = "tcpPort";
const batchPackets = 4096;

/** A frame of 1,500 bytes, TCP over IPv4 to port 80. */
function frame(): Uint8Array {
  const bytes = Uint8Array.from({ length: 1500 }, (_, at) => (at * 7 + 3) & 255);
  bytes.set([8, 0], 12);
  bytes[14] = 0x45;
  bytes.set([0, 0], 20);
  bytes[23] = 6;
  bytes.set([0, 80], 36);
  return bytes;
}

const spec = compile({
  entry: join(root, "bench/sandbox/programs.ts"),
  readFile: (path) => readFileSync(path, "utf8"),
});
const data = frame();
const kernel = loadCollection(spec);
const limit = 2 ** 31 - 1;
const sandboxes = { exact: loadSandbox(spec, { limit }), verified: loadSandbox(spec, { limit, tier: "verified" }) };

/** Nanoseconds of this process on its processor, of one run. */
function cpuNs(run: () => void, count: number): number {
  const begun = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begun);
  return ((user + system) * 1000) / count;
}

interface Times {
  readonly kernel: number;
  readonly exact: number;
  readonly verified: number;
}

/** Medians of interleaved rounds. */
function timesOf(name: string): Times {
  const program = kernel.program(name);
  const { durationNs } = testRun(program, { data, repeat: 2000 });
  const repeat = Math.ceil(10e6 / Math.max(durationNs, 1));
  const times = { kernel: [] as number[], exact: [] as number[], verified: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.kernel.push(cpuNs(() => testRun(program, { data, repeat }), repeat));
    for (const tier of ["exact", "verified"] as const) {
      times[tier].push(cpuNs(() => sandboxes[tier].program(name).run({ data, repeat }), repeat));
    }
  }
  return { kernel: median(times.kernel), exact: median(times.exact), verified: median(times.verified) };
}

interface FilterTimes {
  /** Of a run, with what the run itself costs there. */
  readonly whole: Times;
  /** Without it: the difference to an empty program in the same loop. */
  readonly net: Times;
}

/** The filter, a packet: the kernel by repeated test runs, the sandbox by batches. */
function filterTimes(): FilterTimes {
  const short = data.slice(0, 64);
  const repeat = 500_000;
  const batches = 100;
  const inKernel = (name: string) => () => cpuNs(() => testRun(kernel.program(name), { data: short, repeat }), repeat);
  const inBatches = (tier: "exact" | "verified") => {
    const sandbox = sandboxes[tier];
    const packets = sandbox.packets(batchPackets, batchPackets * short.length);
    while (packets.add(short)) {}
    return (name: string) => () =>
      cpuNs(() => {
        for (let turn = 0; turn < batches; turn++) sandbox.program(name).batch(packets);
      }, batches * batchPackets);
  };
  const runs = { kernel: inKernel, exact: inBatches("exact"), verified: inBatches("verified") };
  const whole = { kernel: [] as number[], exact: [] as number[], verified: [] as number[] };
  const empty = { kernel: [] as number[], exact: [] as number[], verified: [] as number[] };
  const kinds = ["kernel", "exact", "verified"] as const;
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      whole[kind].push(runs[kind](filter)());
      empty[kind].push(runs[kind]("nothing")());
    }
  }
  const medians = (times: typeof whole): Times => ({
    kernel: median(times.kernel),
    exact: median(times.exact),
    verified: median(times.verified),
  });
  const [all, none] = [medians(whole), medians(empty)];
  const net = {
    kernel: all.kernel - none.kernel,
    exact: all.exact - none.exact,
    verified: all.verified - none.verified,
  };
  return { whole: all, net };
}

/** Of a program of a thousand instructions that ships. */
const verified = "stateChange";

function verifierMs(): number {
  const whole = compiledPrograms("tracepoints");
  const program = whole.programs.find(({ name }) => name === verified)!;
  return median(
    Array.from({ length: rounds }, () => {
      const begun = performance.now();
      verifyProgram(whole, program);
      return performance.now() - begun;
    }),
  );
}

const ns = (number: number) => (number < 100 ? number.toFixed(1) : number.toFixed(0));
const rows = longPrograms.map((name) => ({ name, ...timesOf(name) }));
const tcp = filterTimes();
kernel.close();
const all = [
  ...rows,
  { name: `${filter}, a packet`, ...tcp.whole },
  { name: `${filter}, a packet, without an empty run`, ...tcp.net },
];
const geomean = (ratios: readonly number[]) =>
  Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
const ratioOf = (tier: "exact" | "verified", some: readonly Times[]) =>
  geomean(some.map((row) => row[tier] / row.kernel)).toFixed(2);
const first = firstRunMs();
const { arithmetic, memory } = interpreterNs();

console.log(`Linux ${release()}, ${cpus().length} cores of ${cpus()[0]?.model ?? "?"}, Node ${process.version}\n`);
console.log(`| what | target | measured |
|---|---|---|
| interpreter, all checks: arithmetic / half loads and stores | ≤ 5 ns an instruction | ${arithmetic.toFixed(1)} / ${memory.toFixed(1)} ns |
| WebAssembly *verified* ÷ kernel JIT, geomean of ${rows.length} programs of 500 ns and more | ≤ 1.15 | ${ratioOf("verified", rows)} |
| the same, the TCP filter on a batch, a packet | ≤ 1.15 | ${ratioOf("verified", [tcp.whole])} (${ns(tcp.whole.verified)} ÷ ${ns(tcp.whole.kernel)} ns); without an empty run on both sides ${ns(tcp.net.verified)} ÷ ${ns(tcp.net.kernel)} ns |
| WebAssembly *exact*, metered ÷ kernel JIT, geomean of the same | ≤ 1.8 | ${ratioOf("exact", rows)} |
| the same, the TCP filter on a batch, a packet | ≤ 1.8 | ${ratioOf("exact", [tcp.whole])} (${ns(tcp.whole.exact)} ÷ ${ns(tcp.whole.kernel)} ns); without an empty run on both sides ${ns(tcp.net.exact)} ÷ ${ns(tcp.net.kernel)} ns |
| helper call inside wasm: a look-up in an array | ≤ 3 ns | ${helperCallNs().toFixed(1)} ns |
| load to first run, ${first.instructions} instructions | ≤ 3 ms | ${first.ms.toFixed(1)} ms |
| verifier, 997 instructions (\`${verified}\` of the tracepoints provider), median | ≤ 300 ms | ${verifierMs().toFixed(0)} ms |

| program | kernel ns | exact ns | ratio | verified ns | ratio |
| --- | --- | --- | --- | --- | --- |
${all
  .map(
    (row) =>
      `| ${row.name} | ${ns(row.kernel)} | ${ns(row.exact)} | ${(row.exact / row.kernel).toFixed(2)} | ${ns(row.verified)} | ${(row.verified / row.kernel).toFixed(2)} |`,
  )
  .join("\n")}`);
