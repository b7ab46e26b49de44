/** One connection, when it is over or the observation is. */

import type { PartyFields } from "./party.ts";

/**
 * `closed` by agreement; `reset` by one side; `refused`: nobody listened; `timeout`: the other side fell silent;
 * `open`: still there when the observation ended.
 */
export type ConnectionEndReason = "closed" | "reset" | "refused" | "timeout" | "open";

export interface ConnectionRecord extends PartyFields {
  readonly type: "connection";
  /** Payload that the observed end sent. */
  readonly sentBytes: number;
  /** Payload that it received. */
  readonly receivedBytes: number;
  /** From its first to its last sign of life, or to the end of the observation, in nanoseconds. */
  readonly durationNs: number;
  readonly end: ConnectionEndReason;
}
