import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { InputError } from "../errors/error.ts";
import { findCgroupHierarchy, levelBelow } from "../identity/cgroup.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { findOwnPlace, globalProcessId } from "./self.ts";

const isFirstNamespace = readlinkSync("/proc/self/ns/pid") === "pid:[4026531836]";

kernelTest("the kernel tells this process its own id, and how deep its namespaces lie", () => {
  const own = findOwnPlace();
  if (isFirstNamespace) {
    assert.deepEqual([own.process, own.namespaceLevel], [process.pid, 0]);
  } else {
    assert.ok(own.process > 0 && own.namespaceLevel > 0);
    // NSpid: the ids from the outermost namespace that /proc shows to our own.
    const ids = /^NSpid:\s*(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]?.split(/\s+/).map(Number);
    assert.equal(ids?.at(-1), process.pid);
  }
  const hierarchy = findCgroupHierarchy();
  if (hierarchy !== undefined) assert.ok(own.cgroupLevel >= levelBelow(hierarchy.root, hierarchy.own));
});

kernelTest("a process's id here leads to its id in the first namespace", async () => {
  const own = findOwnPlace();
  assert.equal(globalProcessId(process.pid, own), own.process);
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  try {
    await once(child, "spawn");
    const found = globalProcessId(child.pid!, own);
    assert.ok(found > 0 && found !== own.process);
    if (isFirstNamespace) assert.equal(found, child.pid);
  } finally {
    child.kill("SIGKILL");
  }
});

kernelTest("a process that is not there is refused, and nothing is left open", () => {
  const own = findOwnPlace();
  const before = readdirSync("/proc/self/fd").length;
  assert.throws(() => globalProcessId(4_194_305, own), {
    name: InputError.name,
    message: "--pid 4194305: there is no such process here",
  });
  assert.equal(readdirSync("/proc/self/fd").length, before);
});
