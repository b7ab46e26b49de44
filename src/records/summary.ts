/** What an observation saw in all, and what it cost: the last record. */

export interface SummaryRecord {
  readonly type: "summary";
  /** All requests, also those that were sampled out. */
  readonly requests: {
    /** Served by observed processes. */
    readonly server: number;
    /** Sent by them. */
    readonly client: number;
  };
  readonly connections: number;
  /** Events that could not be recorded: what they would have told is missing. */
  readonly lost: number;
  /** Requests that were counted and, to stay within the CPU budget, not reported one by one. */
  readonly sampledOut: number;
  /** CPU time of Tarsier's own process, in nanoseconds. */
  readonly agentCpuNs: number;
  /** CPU time that the probes took from what they observed, in nanoseconds: an estimate from samples; 0 where it may not be measured. */
  readonly probeCpuNsEstimate: number;
}
