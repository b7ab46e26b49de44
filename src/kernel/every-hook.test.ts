import assert from "node:assert/strict";
import { KernelError } from "../errors/error.ts";
import { type HookKind, hookKinds } from "../spec/index.ts";
import { attachedOnly, elsewhere, type HookOutcome, tryEveryHook } from "./every-hook.testing.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { probeHook } from "./probe.ts";

let tried: Promise<ReadonlyMap<HookKind, HookOutcome>> | undefined;

kernelTest("programs of every kind load, attach and run, or the kernel is probed to have no such hook", async () => {
  tried ??= tryEveryHook();
  for (const [kind, outcome] of await tried) {
    const probe = probeHook(kind);
    if (outcome.state === "refused") {
      assert.equal(probe.available, false, `${kind}: ${outcome.reason}`);
      assert.ok(outcome.error instanceof KernelError, `${kind}: ${outcome.reason}`);
    } else assert.equal(outcome.state, attachedOnly.has(kind) ? outcome.state : "ran", kind);
  }
  assert.equal((await tried).size + elsewhere.size, Object.keys(hookKinds).length);
});
