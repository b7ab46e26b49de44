import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Side } from "./connection.ts";
import { conversationOf, exchangePlan, exchangesOf, segmentsOf } from "./exchanges.testing.ts";
import type { Segment } from "./segment.ts";

interface TimedStep {
  readonly side: Side;
  readonly step: Segment;
}

/** Rounds of exchanges; within a round all requests are sent before the first answer. */
const rounds = (largest: number) =>
  fc
    .tuple(
      fc.array(exchangePlan, { minLength: Math.min(largest, 2), maxLength: largest }),
      fc.array(fc.array(exchangePlan, { minLength: 1, maxLength: largest }), { maxLength: 6 }),
    )
    .map(([first, rest]) => [first, ...rest]);

function stepsOf(plans: readonly (readonly Parameters<typeof conversationOf>[0][number][])[], cuts: readonly number[]) {
  const offsets = { request: 0, response: 0 };
  const statusOf = new Map<string, number>();
  const steps: TimedStep[] = [];
  let timeNs = 0;
  let firstRoundEndNs = 0;
  let index = 0;
  for (const round of plans) {
    const numbered = round.map((plan) => {
      const exchange = { ...plan, target: `/${index}`, status: 400 + index };
      index++;
      statusOf.set(exchange.target, exchange.status);
      return exchange;
    });
    const conversation = conversationOf(numbered);
    for (const side of ["request", "response"] as const) {
      for (const piece of segmentsOf(conversation[side], cuts)) {
        steps.push({ side, step: { ...piece, offset: offsets[side] + piece.offset, timeNs: ++timeNs * 1e7 } });
      }
      offsets[side] += conversation[side].length;
    }
    if (firstRoundEndNs === 0) firstRoundEndNs = timeNs * 1e7;
  }
  return { steps, statusOf, firstRoundEndNs };
}

for (const [kind, largest] of [
  ["one at a time", 1],
  ["pipelined", 3],
] as const) {
  test(`whatever segments are lost, no request gets the answer of another (${kind})`, () => {
    fc.assert(
      fc.property(
        rounds(largest),
        fc.array(fc.nat(), { maxLength: 4 }),
        fc.array(fc.nat(9), { minLength: 1, maxLength: 30 }),
        (plans, cuts, fates) => {
          const { steps, statusOf, firstRoundEndNs } = stepsOf(plans, cuts);
          // The first round stays whole: it shows how the client behaves.
          const kept = steps.filter(
            ({ step }, index) => step.timeNs <= firstRoundEndNs || fates[index % fates.length] !== 0,
          );
          const seen = new Set<string>();
          for (const { target, requestTruncated, status, complete } of exchangesOf(
            kept.map(({ side, step }) => [side, step]),
          )) {
            if (requestTruncated) continue;
            assert.ok(statusOf.has(target) && !seen.has(target), target);
            seen.add(target);
            if (status !== null) assert.equal(status, statusOf.get(target), `${target} complete: ${complete}`);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });
}
