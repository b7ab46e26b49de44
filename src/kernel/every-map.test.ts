import assert from "node:assert/strict";
import { mapTypes } from "../spec/index.ts";
import { tryEveryMap } from "./every-map.testing.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { probeMap } from "./probe-maps.ts";

kernelTest("maps of every type are made and used, or the kernel is probed to have no such type", () => {
  const outcomes = tryEveryMap();
  for (const [type, outcome] of outcomes) {
    const refused = outcome.state === "refused";
    assert.equal(
      probeMap(type).available,
      !refused,
      `${type}: ${refused ? outcome.reason : "made, but the probe says no"}`,
    );
  }
  assert.equal(outcomes.size + 1, Object.keys(mapTypes).length);
});
