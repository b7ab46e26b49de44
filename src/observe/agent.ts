/** The agent: loads the programs for a scope, reads what they report, and keeps to its own budget. */

import { u64 } from "../bytes/index.ts";
import {
  type KernelCollection,
  loadCollection,
  readRingBuffer,
  releaseKernelTypes,
  runIterator,
  typedMap,
} from "../kernel/index.ts";
import { Directive } from "../programs/layouts.ts";
import { estimateCost } from "./cost.ts";
import { readCounts } from "./kernel-counts.ts";
import { poll } from "./polling.ts";
import { chooseProvider, type Provider, type ProviderName } from "./provider.ts";
import { createReader, type RecordSink } from "./reader.ts";
import type { Recorder } from "./recording/recorder.ts";
import { keepBudget, ownCpuTime } from "./sampling.ts";
import type { Scope } from "./scope.ts";
import type { OwnPlace } from "./self.ts";
import { type Summary, sumUp } from "./summary.ts";
import { watchProcesses } from "./watched-processes.ts";

/** What an agent is to do. */
export interface AgentOptions {
  readonly scope: Scope;
  readonly own: OwnPlace;
  readonly sink: RecordSink;
  /** Share of one CPU that the agent may use. */
  readonly cpuBudgetShare: number;
  /** Keeps what is observed. */
  readonly recorder?: Recorder | undefined;
}

/** A running observation. */
export interface Agent {
  readonly provider: ProviderName;
  readonly programCount: number;
  /** Rejects when the observation cannot go on. */
  readonly failed: Promise<never>;
  /** Settles when no process is left that is watched by id. A cgroup never ends by itself. */
  readonly scopeEnded: Promise<void>;
  /** Stops, reports what is still open, frees everything, and sums up. Call it once. */
  stop(): Summary;
  /** Frees everything at once, without a word. After `stop`, and a second time, it does nothing. */
  close(): void;
}

/** The program that tells what is still open; it is run once, at the end. */
const lastProgram = "openConnections";

/** Loads and attaches everything for a scope. Throws `TarsierError` and leaves nothing behind when it cannot. */
export function startAgent(options: AgentOptions): Agent {
  const provider = chooseProvider(options.scope, options.own, options.recorder !== undefined);
  const collection = loadCollection(provider.spec, provider.options);
  try {
    return observeWith(collection, provider, options);
  } catch (error) {
    collection.close();
    throw error;
  }
}

function observeWith(
  collection: KernelCollection,
  provider: Provider,
  { scope, sink, cpuBudgetShare, recorder }: AgentOptions,
): Agent {
  const watched =
    scope.kind === "processes" ? watchProcesses(collection.map("scopeProcesses"), scope.globalIds) : undefined;
  const settings = collection.map("settings").mapped();
  const reader = createReader(scope, sink, typedMap(collection.map("directives"), u64, Directive), { recorder });
  const cpuNs = ownCpuTime();
  const budget = keepBudget(settings, cpuBudgetShare, cpuNs);
  const ring = readRingBuffer(collection.map("records"));
  const polling = poll(ring, reader.read, sink.flush);
  const cost = estimateCost([...collection.programs.values()]);
  const close = () => {
    for (const worker of [budget, polling, cost, watched]) worker?.stop();
    ring.close();
    collection.close();
  };
  try {
    const links = provider.options.programs
      .filter((program) => program !== lastProgram)
      .map((program) => collection.attach(program));
    releaseKernelTypes();
    const begunNs = process.hrtime.bigint();
    return {
      provider: provider.name,
      programCount: links.length,
      failed: polling.failed,
      scopeEnded: watched?.ended ?? new Promise<void>(() => {}),
      stop() {
        try {
          cost.stop();
          const probeCpuNsEstimate = cost.estimateNs();
          // What is still open is told while everything is attached: so no connection ends unseen in between.
          runIterator(collection.attach(lastProgram));
          for (const link of links) link.close();
          polling.drain();
          reader.end();
          sink.flush();
          const durationNs = Number(process.hrtime.bigint() - begunNs);
          const { counted } = reader;
          const figures = { counted, lost: reader.lost(), durationNs, agentCpuNs: cpuNs(), probeCpuNsEstimate };
          return sumUp(readCounts(collection), figures);
        } finally {
          close();
        }
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
