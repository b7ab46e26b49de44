import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors/error.ts";
import { findCgroupHierarchy } from "../identity/cgroup.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { findOwnPlace } from "./self.ts";
import { commandSubject, processSubject } from "./subject.ts";

kernelTest("a command waits in a cgroup of its own, which is gone when it is released", async () => {
  const warnings: string[] = [];
  const subject = commandSubject(["sleep", "60"], undefined, findOwnPlace(), (reason) => warnings.push(reason));
  const hierarchy = findCgroupHierarchy();
  try {
    assert.equal(subject.name, "sleep");
    if (subject.scope.kind === "cgroup") {
      const path = join(hierarchy!.own, subject.scope.label);
      assert.equal(readFileSync(join(path, "cgroup.procs"), "utf8").trim(), String(subject.command!.pid));
      subject.command!.abandon();
      await subject.command!.ended;
      subject.release();
      subject.release();
      assert.ok(!existsSync(path));
    } else {
      // No cgroup can be made here: the command is watched by its id, and it was said why.
      assert.equal(subject.scope.globalIds.length, 1);
      assert.equal(warnings.length, 1);
    }
  } finally {
    subject.command?.abandon();
    subject.release();
  }
});

kernelTest("who survives the command goes on, outside of the cgroup", async () => {
  const own = findOwnPlace();
  const subject = commandSubject(["sleep", "60"], undefined, own, () => {});
  const pid = subject.command!.pid;
  subject.command!.start();
  subject.release();
  try {
    const group = readFileSync(`/proc/${pid}/cgroup`, "utf8");
    assert.doesNotMatch(group, /tarsier-/);
  } finally {
    process.kill(pid, "SIGKILL");
    await subject.command!.ended;
  }
});

kernelTest("a process that is not there, and Tarsier itself, cannot be watched", () => {
  const own = findOwnPlace();
  assert.throws(() => processSubject(4_194_305, own), { name: InputError.name, message: /^--pid 4194305: / });
  assert.throws(() => processSubject(process.pid, own), { name: InputError.name, message: /Tarsier itself/ });
});
