import assert from "node:assert/strict";
import { test } from "node:test";
import { type HookKind, hookKinds } from "../spec/index.ts";
import { contextBytesOf, packetContexts, writableContextOf } from "./contexts.ts";
import { hookModelOf } from "./verifier/index.ts";

const kinds = Object.keys(hookKinds) as HookKind[];

test("whatever the verifier lets programs write of a context, the sandbox lets them write", () => {
  let count = 0;
  for (const kind of kinds) {
    const { context } = hookModelOf(kind);
    const { frontBytes, member } = writableContextOf(kind);
    if (context.kind !== "struct") continue;
    for (const { name, offset, sizeBytes, writable } of context.fields) {
      if (!writable) continue;
      const isInFront = offset + sizeBytes <= frontBytes;
      const isMember = offset >= member[0] && offset + sizeBytes <= member[1];
      assert.ok(isInFront || isMember, `${kind}: ${name}`);
      count++;
    }
  }
  assert.ok(count > 50);
});

test("whatever the verifier lets programs read of a context is there", () => {
  for (const kind of kinds) {
    const { context } = hookModelOf(kind);
    if (context.kind === "struct") assert.equal(contextBytesOf(kind), context.sizeBytes, kind);
    if (context.kind === "words") assert.ok(contextBytesOf(kind) >= 8 * context.count, kind);
  }
});

test("where packets lie stands in the context where the kernel's header says", () => {
  assert.deepEqual(packetContexts.xdp, {
    ...{ sizeBytes: 24, start: 0, end: 4, metadata: 8, pointerBytes: 4, begins: "link" },
  });
  assert.deepEqual(packetContexts.cgroupSkbEgress, {
    ...{ sizeBytes: 192, start: 76, end: 80, metadata: 140, length: 0, pointerBytes: 4, begins: "network" },
  });
});
