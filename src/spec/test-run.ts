/** Running a program here and now, without attaching it: what goes in and what comes out, in every runtime. */

/** What a program is run on. What its type does not take must be left out. */
export interface TestRunInput {
  /** A packet, from its Ethernet header on: XDP, traffic control, socket filters, cgroup packets, netfilter (from IP on). */
  readonly data?: Uint8Array;
  /** The context, as the program sees it: `__sk_buff`, `xdp_md`, arguments of a raw tracepoint, of a syscall program. */
  readonly context?: Uint8Array | readonly bigint[];
  /** How often: the duration is of one run, in the mean. Raw tracepoint and syscall programs run once. */
  readonly repeat?: number;
  /** The processor to run on: raw tracepoints. */
  readonly cpu?: number;
}

/** What a test run gave. */
export interface TestRunResult {
  readonly returnValue: number;
  /** Of one run in the mean, as the runtime measured it; 0 for types that it does not measure. */
  readonly durationNs: number;
  /** The packet as the program left it; empty for types without one. */
  readonly data: Uint8Array;
  /** The context as the program left it, where the runtime gives it back. */
  readonly context: Uint8Array;
}
