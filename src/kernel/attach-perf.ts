/** Hooks that are perf events (perf_event_open(2)): tracepoints, probes of functions, samples. */

import { readFileSync } from "node:fs";
import { InputError, KernelError } from "../errors/error.ts";
import type { AtKernelFunction, AtSamples, AtTracepoint, AtUserFunction } from "./attach-options.ts";
import { cString } from "./c-string.ts";
import { addressOf } from "./libc.ts";
import { joinLinks, type KernelLink } from "./link.ts";
import { attachPerfEvent, openPerfEvent } from "./perf-event.ts";
import { onlineProcessors } from "./processors.ts";
import type { KernelProgram } from "./program.ts";
import { hookRequirements } from "./requirements.ts";
import { tracepointId } from "./tracefs.ts";
import { functionOffset, parseUserTarget } from "./user-functions.ts";

const tracepointType = 2;

/** Attaches to a tracepoint by category and name. */
export function attachTracepoint(program: KernelProgram, { tracepoint, cookie = 0n }: AtTracepoint): KernelLink {
  const place = tracepoint ?? program.spec.hook.target;
  const event = openPerfEvent({ type: tracepointType, config: tracepointId(place), samplePeriod: 1 }, place);
  return attachPerfEvent(program, event, place, cookie);
}

/** Attaches to the entry or return of a function of the kernel. */
export function attachKernelProbe(program: KernelProgram, options: AtKernelFunction): KernelLink {
  const { hook } = program.spec;
  const name = options.function ?? hook.target;
  const type = probeType("kprobe", program);
  const text = cString(name);
  const config = hook.kind.startsWith("kret") ? 1n : 0n;
  const place = { type, config, config1: addressOf(text), config2: BigInt(options.offset ?? 0) };
  return attachPerfEvent(program, openPerfEvent(place, `${hook.kind} ${name}`, [text]), name, options.cookie ?? 0n);
}

/** Attaches to the entry or return of a function of a program or library. */
export function attachUserProbe(program: KernelProgram, options: AtUserFunction): KernelLink {
  const { name, hook } = program.spec;
  const target = parseUserTarget(hook.target);
  const binary = options.binary ?? target.binary;
  const symbol = options.symbol ?? (options.offset === undefined ? target.symbol : undefined);
  if (binary === undefined || (symbol === undefined && options.offset === undefined && target.offset === undefined)) {
    throw new InputError(
      "ATTACH_FUNCTION",
      `${name} (${hook.kind}) is attached to a function of a program: say which, as { binary, symbol } or { binary, offset }`,
    );
  }
  const base = symbol === undefined ? 0 : functionOffset(binary, symbol);
  const offset = base + (options.offset ?? (symbol === undefined ? target.offset! : 0));
  return openUserProbe(program, {
    binary,
    offset,
    cookie: options.cookie ?? 0n,
    isReturn: hook.kind.startsWith("uret"),
    ...(options.pid !== undefined && { pid: options.pid }),
  });
}

/** One place in a file. The kernel counts how many probes want a semaphore's code. */
export interface UserPlace {
  readonly binary: string;
  readonly offset: number;
  readonly isReturn: boolean;
  readonly cookie: bigint;
  readonly pid?: number;
  readonly semaphoreOffset?: number;
}

export function openUserProbe(program: KernelProgram, place: UserPlace): KernelLink {
  const path = cString(place.binary);
  // The offset of the semaphore is in the upper half (`format/ref_ctr_offset` of the uprobe event source).
  const config = (BigInt(place.semaphoreOffset ?? 0) << 32n) | (place.isReturn ? 1n : 0n);
  const label = `${place.binary} at ${place.offset}`;
  const event = openPerfEvent(
    {
      type: probeType("uprobe", program),
      config,
      config1: addressOf(path),
      config2: BigInt(place.offset),
      ...(place.pid !== undefined && { pid: place.pid }),
    },
    label,
    [path],
  );
  return attachPerfEvent(program, event, label, place.cookie);
}

/** The type of an event source that the kernel numbers when it starts. */
function probeType(source: "kprobe" | "uprobe", program: KernelProgram): number {
  try {
    return Number(readFileSync(`/sys/bus/event_source/devices/${source}/type`, "utf8"));
  } catch (cause) {
    const { name, hook } = program.spec;
    const { config, instead } = hookRequirements[source]!;
    throw new KernelError(
      "HOOK_REFUSED",
      `cannot attach ${name}: this kernel has no ${hook.kind}; it must be built with ${config}${instead === undefined ? "" : `; use ${instead} instead`}`,
      { cause },
    );
  }
}

/** Events that samples may count (`enum perf_hw_id` and `perf_sw_ids`). */
const sampled = {
  cpuClock: { type: 1, config: 0n },
  taskClock: { type: 1, config: 1n },
  pageFaults: { type: 1, config: 2n },
  contextSwitches: { type: 1, config: 3n },
  cpuMigrations: { type: 1, config: 4n },
  cpuCycles: { type: 0, config: 0n },
  instructions: { type: 0, config: 1n },
} as const;

/** Runs the program again and again on each processor, or for one process wherever it runs. */
export function attachSamples(program: KernelProgram, options: AtSamples): KernelLink {
  const { frequencyHz, period, event = "cpuClock", cookie = 0n, pid } = options;
  if ((frequencyHz === undefined) === (period === undefined)) {
    throw new InputError(
      "ATTACH_SAMPLES",
      `${program.spec.name} (perfEvent) samples: say how often, as { frequencyHz } or as { period }`,
    );
  }
  const rate = frequencyHz === undefined ? { samplePeriod: period! } : { sampleFrequencyHz: frequencyHz };
  const processors = options.cpus ?? (pid === undefined ? onlineProcessors() : [-1]);
  const links: KernelLink[] = [];
  try {
    for (const cpu of processors) {
      const place = { ...sampled[event], ...rate, cpu, ...(pid !== undefined && { pid }) };
      links.push(attachPerfEvent(program, openPerfEvent(place, event), event, cookie));
    }
  } catch (error) {
    for (const link of links) link.close();
    throw error;
  }
  return joinLinks(program, links);
}
