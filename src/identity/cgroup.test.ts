import assert from "node:assert/strict";
import { test } from "node:test";
import { levelBelow, parseCgroup2Mount, parseOwnCgroup } from "./cgroup.ts";

test("cgroup2 is found beside version 1, as the hybrid layout has it", () => {
  const mountinfo = [
    "35 24 0:29 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755",
    "36 35 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu",
    "37 35 0:31 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw",
  ].join("\n");
  assert.deepEqual(parseCgroup2Mount(mountinfo), { root: "/", mountPoint: "/sys/fs/cgroup/unified" });
});

test("escapes in mount points are undone", () => {
  assert.equal(parseCgroup2Mount("1 1 0:1 /a /my\\040groups rw - cgroup2 none rw")?.mountPoint, "/my groups");
});

test("a system without cgroup2 has no hierarchy", () => {
  assert.equal(parseCgroup2Mount("36 35 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu"), undefined);
  assert.equal(parseOwnCgroup("9:name=systemd:/\n1:cpu:/\n"), undefined);
});

test("the own cgroup is the line of hierarchy 0", () => {
  assert.equal(parseOwnCgroup("2:cpu:/other\n0::/user.slice/session\n"), "/user.slice/session");
});

test("levels count directories below the mount", () => {
  assert.equal(levelBelow("/sys/fs/cgroup", "/sys/fs/cgroup"), 0);
  assert.equal(levelBelow("/sys/fs/cgroup", "/sys/fs/cgroup/a/b"), 2);
});
