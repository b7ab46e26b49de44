/** The sum of an observation: what the kernel programs counted, exact also where records were left out or lost. */

import type { Totals } from "../programs/layouts.ts";
import type { SummaryRecord } from "../records/index.ts";
import { quantileNs } from "./latency.ts";

/** The summary record, and what only people are shown. */
export interface Summary {
  readonly record: SummaryRecord;
  readonly durationNs: number;
  /** Of clean exchanges, by the kernel's own histogram, also of those that were sampled out; undefined of none. */
  readonly latency: { readonly p50Ns: number; readonly p99Ns: number } | undefined;
}

/** What only the agent knows. */
export interface AgentFigures {
  /** Requests that were paired in user space, and those to be taken off. */
  readonly counted: Readonly<Record<"server" | "client", number>>;
  /** Losses that only user space sees. */
  readonly lost: number;
  readonly durationNs: number;
  readonly agentCpuNs: number;
  readonly probeCpuNsEstimate: number;
}

/** What the programs counted, of all processors. */
export interface Counts {
  readonly totals: Readonly<Record<keyof Totals, number>>;
  /** Runs that the kernel skipped. */
  readonly skipped: number;
  /** Latencies of both roles, by bucket. */
  readonly latencies: readonly number[];
}

/** The sums of what each processor counted. */
export function addTotals(parts: readonly Totals[]): Counts["totals"] {
  const sum = (field: keyof Totals) => parts.reduce((total, part) => total + Number(part[field]), 0);
  return {
    serverExchanges: sum("serverExchanges"),
    clientExchanges: sum("clientExchanges"),
    connections: sum("connections"),
    sampledOut: sum("sampledOut"),
    lostRecords: sum("lostRecords"),
  };
}

/** The summary of what the programs counted and what the agent knows. */
export function sumUp({ totals, skipped, latencies }: Counts, figures: AgentFigures): Summary {
  const { counted, lost, durationNs, agentCpuNs, probeCpuNsEstimate } = figures;
  const [p50Ns, p99Ns] = [quantileNs(latencies, 0.5), quantileNs(latencies, 0.99)];
  return {
    record: {
      type: "summary",
      requests: {
        server: totals.serverExchanges + counted.server,
        client: totals.clientExchanges + counted.client,
      },
      connections: totals.connections,
      lost: totals.lostRecords + skipped + lost,
      sampledOut: totals.sampledOut,
      agentCpuNs,
      probeCpuNsEstimate,
    },
    durationNs,
    latency: p50Ns === undefined || p99Ns === undefined ? undefined : { p50Ns, p99Ns },
  };
}
