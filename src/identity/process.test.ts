import assert from "node:assert/strict";
import { test } from "node:test";
import { isInForeground, processIdentity, processNames } from "./process.ts";

test("a process is called what the kernel calls it", () => {
  assert.equal(processNames().nameOf(1, "nginx"), "nginx");
});

test("a name that is only a thread's gives way to the executable's", () => {
  let reads = 0;
  const names = processNames(() => {
    reads++;
    return "node";
  });
  assert.equal(names.nameOf(7, "MainThread"), "node");
  assert.equal(names.nameOf(7, "MainThread"), "node");
  assert.equal(reads, 1);
});

test("the name stays when the process is gone", () => {
  assert.equal(processNames(() => undefined).nameOf(7, "MainThread"), "MainThread");
});

test("a running process has an identity, a dead one has none", () => {
  const own = processIdentity(process.pid);
  assert.equal(own?.parent, process.ppid);
  assert.ok((own?.startTicks ?? 0) > 0);
  assert.equal(processIdentity(2 ** 22 + 1), undefined);
});

test("a process is in the foreground when its group is its terminal's", () => {
  const fields = (group: number, terminal: number, foregroundGroup: number) =>
    `S 1 ${group} 1 ${terminal} ${foregroundGroup}`.split(" ");
  assert.equal(isInForeground(fields(10, 34_816, 10)), true);
  assert.equal(isInForeground(fields(10, 34_816, 20)), false);
  assert.equal(isInForeground(fields(10, 0, -1)), false);
  assert.equal(isInForeground(undefined), false);
});
