/** The shapes of what Tarsier reports, whatever observed it and whatever prints it. `docs/records.md` explains them. */

export { formatAddress, formatEndpoint } from "./address.ts";
export type { ConnectionEndReason, ConnectionRecord } from "./connection.ts";
export type { PartyFields, ProcessReference, Role } from "./party.ts";
export type { RequestRecord } from "./request.ts";
export type { SummaryRecord } from "./summary.ts";

import type { ConnectionRecord } from "./connection.ts";
import type { RequestRecord } from "./request.ts";
import type { SummaryRecord } from "./summary.ts";

/** One line of `tarsier observe --json`. */
export type ObserveRecord = RequestRecord | ConnectionRecord | SummaryRecord;
