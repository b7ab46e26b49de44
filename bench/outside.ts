/** What an observation costs those outside of it, and how soon it begins. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../src/compiler/index.ts";
import { loadCollection } from "../src/kernel/index.ts";
import { launcherIn } from "./launcher.ts";
import { median, spread } from "./statistics.ts";

const source = fileURLToPath(new URL("../../bench/outside.c", import.meta.url));

/** Time from the start of the process to its first line, which it writes when everything is attached. */
export async function measureStart(rounds: number, directory: string): Promise<string> {
  const times: number[] = [];
  const tarsier = launcherIn(directory);
  for (let round = 0; round < rounds; round++) {
    const observer = spawn(process.execPath, [tarsier, "observe", "--", "true"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    observer.stderr.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    await once(observer, "exit");
    times.push(Number(/in (\d+) ms/.exec(text)?.[1]));
  }
  return `| process start to programs attached | ≤ 500 ms | ${median(times)} (${spread(times, String)}) ms |`;
}

/** Programs that do nothing, where the observer's are: what the kernel's own dispatch costs on this machine. */
const emptyPrograms = `
import { tpBtf } from "tarsier/program";
export const sendBegin = tpBtf("tcp_sendmsg_locked", () => {});
export const sendEnd = tpBtf("sock_send_length", () => {});
export const receiveEnd = tpBtf("sock_recv_length", () => {});
`;

const pause = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** System calls of a process that is not observed, while another one is; beside them the same with empty programs. */
export function measureOutside(rounds: number, directory: string): string[] {
  const program = join(directory, "outside");
  execFileSync("gcc", ["-O2", "-o", program, source]);
  const measure = () => execFileSync(program, { encoding: "utf8" }).trim().split(" ").map(Number) as [number, number];
  const empty = compile({ entry: "empty.ts", readFile: () => emptyPrograms });
  const rows: { without: [number, number]; observed: [number, number]; empty: [number, number] }[] = [];
  for (let round = 0; round < rounds; round++) {
    const without = measure();
    const observer = spawn(process.execPath, [launcherIn(directory), "observe", "--quiet", "--", "sleep", "3600"], {
      stdio: "ignore",
    });
    pause(1500);
    const observed = measure();
    observer.kill("SIGTERM");
    pause(500);
    const collection = loadCollection(empty);
    for (const name of collection.programs.keys()) collection.attach(name);
    rows.push({ without, observed, empty: measure() });
    collection.close();
  }
  const row = (name: string, target: string, numbers: number[]) =>
    `| ${name} | ${target} | ${median(numbers).toFixed(1)} (${spread(numbers, (number) => number.toFixed(1))}) ns |`;
  const added = (what: "observed" | "empty", index: 0 | 1) =>
    rows.map((round) => round[what][index] - round.without[index]);
  return [
    row("outside the scope: added to a system call that is no socket I/O", "not measurable", added("observed", 0)),
    row("outside the scope: added to a socket send or receive", "≤ 40 ns", added("observed", 1)),
    row("the same by empty programs at the same tracepoints", "–", added("empty", 1)),
  ];
}
