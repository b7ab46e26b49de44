import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogSpec, readLog } from "./log.ts";

const logs: readonly LogSpec[] = [
  {
    file: "exec.ts",
    line: 3,
    column: 5,
    parts: [
      { kind: "text", text: "exec" },
      { kind: "bytes", offset: 16, length: 8 },
      { kind: "number", offset: 24, bits: 32, signed: true },
      { kind: "boolean", offset: 32 },
    ],
  },
];

function record(): Uint8Array {
  const bytes = new Uint8Array(40);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, 7n, true);
  bytes.set(new TextEncoder().encode("node"), 16);
  view.setBigInt64(24, -1n, true);
  view.setBigUint64(32, 1n, true);
  return bytes;
}

test("a record says what stands in the source, with its values", () => {
  assert.deepEqual(readLog(logs, record()), {
    file: "exec.ts",
    line: 3,
    column: 5,
    timeNs: 7n,
    text: "exec node -1 true",
  });
});

test("parts of one text stand together", () => {
  const joined = { kind: "text", text: "=", joined: true } as const;
  const parts = [{ kind: "text", text: "pid" } as const, joined, { ...logs[0]!.parts[2]!, joined } as never];
  assert.equal(readLog([{ ...logs[0]!, parts }], record())!.text, "pid=-1");
});

test("a record of another collection, or a short one, is none", () => {
  const other = record();
  other[8] = 1;
  assert.equal(readLog(logs, other), undefined);
  assert.equal(readLog(logs, record().subarray(0, 20)), undefined);
  assert.equal(readLog(logs, new Uint8Array(3)), undefined);
});
