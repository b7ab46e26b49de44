/** The agent: loads the programs for a scope, reads what they report, and keeps to its own budget. */

import { u32, u64 } from "../bytes/index.ts";
import {
  loadCollection,
  perCpuValues,
  programStatistics,
  readRingBuffer,
  releaseKernelTypes,
  runIterator,
  typedMap,
} from "../kernel/index.ts";
import { Directive, latencyBucketCount, Settings, Totals } from "../programs/layouts.ts";
import type { SummaryRecord } from "../records/index.ts";
import { nextStride } from "./budget.ts";
import { estimateCost } from "./cost.ts";
import { quantileNs } from "./latency.ts";
import { chooseProvider, type ProviderName } from "./provider.ts";
import { createReader, type RecordSink } from "./reader.ts";
import type { Scope } from "./scope.ts";
import type { OwnPlace } from "./self.ts";

/** What an agent is to do. */
export interface AgentOptions {
  readonly scope: Scope;
  readonly own: OwnPlace;
  readonly sink: RecordSink;
  /** Share of one CPU that the agent may use. */
  readonly cpuBudgetShare: number;
}

/** A running observation. */
export interface Agent {
  readonly provider: ProviderName;
  readonly programCount: number;
  /** Stops, reports what is still open, frees everything, and sums up. Once stopped, it returns the same again. */
  stop(): Summary;
}

/** The summary record, and what only people are shown. */
export interface Summary {
  readonly record: SummaryRecord;
  readonly durationNs: number;
  /** Of clean exchanges, by the kernel's own histogram, also of those that were sampled out; undefined of none. */
  readonly latency: { readonly p50Ns: number; readonly p99Ns: number } | undefined;
}

/** How long between two looks at the ring buffer: short while there is something, longer when there is not. */
const busyIntervalMs = 20;
const idleIntervalMs = 40;
const budgetIntervalMs = 200;

/** Loads and attaches everything for a scope. Throws `TarsierError` and leaves nothing behind when it cannot. */
export function startAgent({ scope, own, sink, cpuBudgetShare }: AgentOptions): Agent {
  const { name, spec, options } = chooseProvider(scope, own);
  const collection = loadCollection(spec, options);
  try {
    const ring = readRingBuffer(collection.map("records"));
    const settings = collection.map("settings").mapped();
    let stride = 1;
    const setStride = (next: number) => {
      stride = next;
      settings.setUint32(Settings.fields.find((field) => field.name === "exchangeStride")!.offset, next, true);
    };
    setStride(1);
    if (scope.kind === "processes") {
      const processes = typedMap(collection.map("scopeProcesses"), u32, u32);
      for (const id of scope.globalIds) processes.set(id, 1);
    }
    const links = options.programs
      .filter((program) => program !== "openConnections")
      .map((program) => collection.attach(program));
    releaseKernelTypes();

    const reader = createReader(scope, sink, typedMap(collection.map("directives"), u64, Directive));
    const cost = estimateCost([...collection.programs.values()]);
    const begunNs = process.hrtime.bigint();
    const cpuBefore = process.cpuUsage();
    const cpuNs = () => {
      const { user, system } = process.cpuUsage(cpuBefore);
      return (user + system) * 1000;
    };

    const drain = (): number => {
      const count = ring.drain(reader.read);
      if (count > 0) sink.flush();
      return count;
    };
    let delayMs = busyIntervalMs;
    const poll = () => {
      delayMs = drain() > 0 ? busyIntervalMs : Math.min(delayMs * 2, idleIntervalMs);
      timer = setTimeout(poll, delayMs);
    };
    let timer = setTimeout(poll, delayMs);

    let intervalBegun = { timeNs: Number(begunNs), cpuNs: 0 };
    const budget = setInterval(() => {
      const now = { timeNs: Number(process.hrtime.bigint()), cpuNs: cpuNs() };
      const usedShare = (now.cpuNs - intervalBegun.cpuNs) / (now.timeNs - intervalBegun.timeNs);
      intervalBegun = now;
      const next = nextStride({ stride, usedShare, budgetShare: cpuBudgetShare });
      if (next !== stride) setStride(next);
    }, budgetIntervalMs);
    budget.unref();

    let summary: Summary | undefined;
    return {
      provider: name,
      programCount: links.length,
      stop() {
        if (summary !== undefined) return summary;
        clearTimeout(timer);
        clearInterval(budget);
        cost.stop();
        const probeCpuNsEstimate = cost.estimateNs();
        // What is still open is told while everything is attached: so no connection ends unseen in between.
        runIterator(collection.attach("openConnections"));
        for (const link of links) link.close();
        drain();
        sink.flush();
        const key = new Uint8Array(4);
        const totals = perCpuValues(collection.map("totals"), key, Totals);
        const sum = (field: keyof Totals) => totals.reduce((total, part) => total + Number(part[field]), 0);
        const skipped = [...collection.programs.values()].reduce(
          (total, program) => total + Number(programStatistics(program).recursionMisses),
          0,
        );
        const latencies = readLatencies(collection.map("latencies"));
        const [p50Ns, p99Ns] = [quantileNs(latencies, 0.5), quantileNs(latencies, 0.99)];
        const record: SummaryRecord = {
          type: "summary",
          requests: {
            server: sum("serverExchanges") + reader.counted.server,
            client: sum("clientExchanges") + reader.counted.client,
          },
          connections: sum("connections"),
          lost: sum("lostRecords") + skipped,
          sampledOut: sum("sampledOut"),
          agentCpuNs: cpuNs(),
          probeCpuNsEstimate,
        };
        ring.close();
        collection.close();
        summary = {
          record,
          durationNs: Number(process.hrtime.bigint() - begunNs),
          latency: p50Ns === undefined || p99Ns === undefined ? undefined : { p50Ns, p99Ns },
        };
        return summary;
      },
    };
  } catch (error) {
    collection.close();
    throw error;
  }
}

function readLatencies(map: Parameters<typeof perCpuValues>[0]): number[] {
  return Array.from({ length: 2 * latencyBucketCount }, (_, index) =>
    perCpuValues(map, u32.encode(index), u64).reduce((total, part) => total + Number(part), 0),
  ).reduce<number[]>((merged, count, index) => {
    merged[index % latencyBucketCount] = (merged[index % latencyBucketCount] ?? 0) + count;
    return merged;
  }, []);
}
