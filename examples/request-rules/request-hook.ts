// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Where the server asks its rules: once for each request, before it answers. */

import { bytes, defineHook, struct, u32, u64 } from "tarsier/program";

export const requestHook = defineHook({
  name: "request",
  context: struct({
    /** The client's IPv4 address; any number that tells clients apart does. */
    client: u32,
    timeNs: u64,
    method: bytes(8),
    path: bytes(64),
    /** The header `x-tenant`, as far as it is there. */
    tenant: bytes(16),
    /** For the rules to say: which of the server's backends answers. */
    backend: u32,
    /** For the rules to say: after how many seconds a refused client may come back. */
    retryAfterSeconds: u32,
  }),
  writable: ["backend", "retryAfterSeconds"],
  returns: { pass: 0, refuse: 1, limit: 2 },
});
