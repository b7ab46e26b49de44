/** Every kind of hook and every type of map on another kernel: each works, or that kernel has none, as `kernels.json` says. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { attachedOnly, tryEveryHook } from "../../src/kernel/every-hook.testing.ts";
import { tryEveryMap } from "../../src/kernel/every-map.testing.ts";

const hooks = await tryEveryHook();
for (const [kind, outcome] of hooks) {
  test(`hook ${kind}`, { skip: outcome.state === "refused" && outcome.reason }, () => {
    if (!attachedOnly.has(kind)) assert.equal(outcome.state, "ran");
  });
}

for (const [type, outcome] of tryEveryMap()) {
  test(`map ${type}`, { skip: outcome.state === "refused" && outcome.reason }, () => {
    assert.notEqual(outcome.state, "refused");
  });
}
