// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** The rules: who may ask how often, and who is answered by which backend. They can be changed while the server serves. */

import { hash, lruHash, min, struct, u32, u64 } from "tarsier/program";
import { requestHook } from "./request-hook.ts";

/** Requests that a client may make at once, and how many come back each second. */
const burst = 10n;
const perSecond = 5n;

/** What a client has left, in thousandths of a request. */
const Bucket = struct({ left: u64, refilledNs: u64 });
export const buckets = lruHash({ key: u32, value: Bucket, maxEntries: 100_000 });

export const Backend = { main: 0, api: 1, beta: 2 } as const;
/** How many requests went to each. */
export const routed = hash({ key: u32, value: u64, maxEntries: 16 });

/** A token bucket for each client. */
export const limit = requestHook((request) => {
  const bucket = buckets.getOrInsert(request.client, { left: burst * 1000n, refilledNs: request.timeNs });
  if (bucket === null) return requestHook.pass;
  const passedNs = request.timeNs > bucket.refilledNs ? request.timeNs - bucket.refilledNs : 0n;
  const passedMs = min(passedNs / 1_000_000n, 1_000_000n);
  bucket.left = min(bucket.left + passedMs * perSecond, burst * 1000n);
  // What is less than a millisecond counts next time.
  bucket.refilledNs += passedMs < 1_000_000n ? passedMs * 1_000_000n : passedNs;
  if (bucket.left < 1000n) {
    request.retryAfterSeconds = 1;
    return requestHook.limit;
  }
  bucket.left -= 1000n;
  return requestHook.pass;
});

/** By the tenant, else by the beginning of the path. */
export const route = requestHook((request) => {
  if (request.path.startsWith("/admin")) return requestHook.refuse;
  let backend: u32 = Backend.main;
  if (request.tenant.startsWith("beta")) backend = Backend.beta;
  else if (request.path.startsWith("/api/")) backend = Backend.api;
  request.backend = backend;
  const count = routed.getOrInsert(backend, 0n);
  if (count !== null) count.value += 1n;
  return requestHook.pass;
});
