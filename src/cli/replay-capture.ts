/** Runs programs on the packets of a capture, in the sandbox, and shows what came of it. */

import { closeSync, openSync, readSync } from "node:fs";
import { readBtf } from "../btf/index.ts";
import { readCollection } from "../build/read-collection.ts";
import { liveMap } from "../collection/live-maps.ts";
import type { LiveRing } from "../collection/live-ring.ts";
import { InputError } from "../errors/error.ts";
import { captureReader } from "../filter/captures/index.ts";
import type { TypedMap } from "../maps/index.ts";
import { type CollectionSpec, type HookKind, logMapName, readLog } from "../spec/index.ts";
import { type CaptureRun, type CaptureSource, captureClock, captureRunner } from "../vm/capture-run.ts";
import { loadSandbox, type Sandbox, sandboxMapBytes } from "../vm/index.ts";
import { fileOutput, standardOutput } from "./output-target.ts";
import type { ReplayOptions } from "./replay-options.ts";
import { entryTypes, type Show, showMap } from "./show-map.ts";
import { say } from "./streams.ts";
import { isGzipped, unpackFile } from "./unpack.ts";
import { UsageError } from "./usage-error.ts";
import { valueJson, valueText } from "./value-text.ts";

/** Names of verdicts, by hook; a socket filter's is how many bytes of the packet stay. */
const verdictNames: Partial<Readonly<Record<HookKind, readonly string[]>>> = {
  xdp: ["aborted", "drop", "pass", "transmit", "redirect"],
  tcxIngress: ["pass", "", "drop", "", "", "", "", "redirect"],
  tcxEgress: ["pass", "", "drop", "", "", "", "", "redirect"],
  trafficControl: ["pass", "", "drop", "", "", "", "", "redirect"],
  cgroupSkbIngress: ["deny", "allow"],
  cgroupSkbEgress: ["deny", "allow"],
  socketFilter: ["drop"],
};

type CaptureOptions = ReplayOptions & { readonly programPath: string };

/** Runs them; the result is the exit code. */
export async function runOnCapture(options: CaptureOptions): Promise<number> {
  const { path, programPath, json } = options;
  const spec = await readCollection(programPath);
  const wanted = wantedPrograms(spec, options);
  const clock = captureClock();
  const sandbox = loadSandbox(spec, { programs: wanted, surroundings: { now: clock.now } });
  const output = options.output === undefined ? standardOutput() : fileOutput(options.output);
  try {
    const show: Show = { json, write: output.write };
    if (!options.quiet)
      say(`replaying ${path} · ${wanted.length} of ${spec.programs.length} programs · in the sandbox`);
    const run = captureRunner(sandbox, clock);
    const maps = liveMaps(sandbox);
    for (const name of wanted) {
      const source = openSource(path);
      try {
        const program = sandbox.program(name);
        const begunMs = performance.now();
        const result = run(program, captureReader(source.beginning, path), source, () => drainRings(spec, maps, show));
        showRun(name, program.spec.hook.kind, result, performance.now() - begunMs, options, show);
      } finally {
        source.close();
      }
    }
    for (const { name, type } of spec.maps) {
      if (entryTypes.has(type) && !name.startsWith(".")) {
        showMap(name, type, maps.get(name) as TypedMap<unknown, unknown>, show);
      }
    }
    return 0;
  } finally {
    output.close();
  }
}

function wantedPrograms(spec: CollectionSpec, { programPath, program }: CaptureOptions): string[] {
  const able = spec.programs.filter(({ hook }) => verdictNames[hook.kind] !== undefined).map(({ name }) => name);
  if (program !== undefined && !able.includes(program)) {
    const exists = spec.programs.some(({ name }) => name === program);
    throw new UsageError(
      "REPLAY_PROGRAM",
      `--program ${program}: ${exists ? "it takes no packets" : `there is none in ${programPath}`}; there are: ${able.join(", ") || "none that take packets"}`,
    );
  }
  if (able.length === 0) {
    throw new UsageError(
      "REPLAY_PROGRAM",
      `${programPath} has no program that takes packets: give one at XDP, tcx, traffic control, a cgroup's packets or a socket filter`,
    );
  }
  return program === undefined ? able : [program];
}

type LiveMaps = ReadonlyMap<string, object>;

function liveMaps(sandbox: Sandbox): LiveMaps {
  const btf = readBtf(sandbox.spec.btf);
  return new Map(
    [...sandbox.maps].map(([name, map]) => [name, liveMap(sandboxMapBytes(map, sandbox.machine), btf, () => ({}))]),
  );
}

/** Prints what is in ring buffers, and what programs said by `console.log`. */
function drainRings({ maps: specs, logs = [] }: CollectionSpec, maps: LiveMaps, { json, write }: Show): void {
  for (const { name, type } of specs) {
    if (type !== "ringBuffer") continue;
    (maps.get(name) as LiveRing).drain((record) => {
      if (name !== logMapName) {
        write(
          json ? `{"map":${JSON.stringify(name)},"record":${valueJson(record)}}\n` : `${name}  ${valueText(record)}\n`,
        );
        return;
      }
      const line = readLog(logs, record as Uint8Array);
      if (line === undefined) return;
      const { file, line: number, text } = line;
      write(
        json ? `${JSON.stringify({ log: text, file, line: number })}\n` : `${file}:${number}: ${valueText(text)}\n`,
      );
    });
  }
}

function showRun(
  name: string,
  hook: HookKind,
  { verdicts, packets, skipped, restBytes }: CaptureRun,
  tookMs: number,
  { path, quiet }: CaptureOptions,
  { json, write }: Show,
): void {
  const names = verdictNames[hook] ?? [];
  const named = [...verdicts]
    .sort(([one], [other]) => one - other)
    .map(([verdict, count]): [string, number] => [names[verdict] || String(verdict | 0), count]);
  if (json) {
    write(`${JSON.stringify({ program: name, hook, packets, skipped, verdicts: Object.fromEntries(named) })}\n`);
  } else {
    const text = named.map(([verdict, count]) => `${verdict} ${count}`).join(" · ");
    write(
      `${name}  ${packets} packets${text === "" ? "" : `  ${text}`}${skipped > 0 ? `  (${skipped} skipped)` : ""}\n`,
    );
  }
  if (quiet) return;
  if (restBytes > 0) say(`${path}: ${restBytes} bytes at its end are no whole packet`);
  say(`${name}: ${packets} packets in ${Math.round(tookMs)} ms`);
}

/** A file, or what it unpacks to. */
function openSource(path: string): CaptureSource & { readonly beginning: Uint8Array; close(): void } {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (cause) {
    throw new InputError("FILE_UNREADABLE", `${path}: cannot be read (${(cause as Error).message})`, { cause });
  }
  const beginning = new Uint8Array(4);
  readSync(fd, beginning, 0, beginning.length, 0);
  if (!isGzipped(beginning)) {
    let position = 0;
    const read = (bytes: Uint8Array) => {
      const count = readSync(fd, bytes, 0, bytes.length, position);
      position += count;
      return count;
    };
    return { beginning, read, close: () => closeSync(fd) };
  }
  closeSync(fd);
  const unpacked = unpackFile(path);
  let at = 0;
  return {
    beginning: unpacked.slice(0, 4),
    read(bytes) {
      const piece = unpacked.subarray(at, at + bytes.length);
      bytes.set(piece);
      at += piece.length;
      return piece.length;
    },
    close() {},
  };
}
