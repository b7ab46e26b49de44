import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { processIdentity } from "../identity/process.ts";
import { createWorkspace, parseWorkspaceName, removeLeftovers, workspaceName } from "./workspace.ts";

function withDirectory(run: (path: string) => void): void {
  const path = mkdtempSync(join(tmpdir(), "tarsier-workspace-"));
  try {
    run(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

test("a workspace's name tells its owner, and nothing else does", () => {
  const name = workspaceName({ pid: 4711, parent: 1, startTicks: 88_239 }, "4026531836");
  assert.deepEqual(parseWorkspaceName(name), { pid: 4711, startTicks: 88_239, namespace: "4026531836" });
  for (const other of ["tarsier-4711", "tarsier.slice", "my-tarsier-1-2-3", "tarsier-1-2-3-4", "user.slice"]) {
    assert.equal(parseWorkspaceName(other), undefined);
  }
});

test("a workspace is below its parent until it is removed, and removing twice does no harm", () => {
  withDirectory((parent) => {
    const workspace = createWorkspace(parent);
    assert.deepEqual(readdirSync(parent), [workspace.name]);
    workspace.remove();
    workspace.remove();
    assert.deepEqual(readdirSync(parent), []);
  });
});

test("where no cgroup can be made, the error says where and what to do", () => {
  assert.throws(() => createWorkspace("/proc/self/absent"), /cannot make a cgroup below \/proc\/self\/absent: .*--pid/);
});

test("leftovers of dead owners are removed, those of the living stay", () => {
  withDirectory((parent) => {
    const own = processIdentity(process.pid)!;
    const living = createWorkspace(parent, own);
    const dead = createWorkspace(parent, { ...own, startTicks: own.startTicks + 1 });
    mkdirSync(join(dead.path, "nested"));
    mkdirSync(join(parent, "user.slice"));
    assert.deepEqual(removeLeftovers(parent), [dead.name]);
    assert.deepEqual(readdirSync(parent).sort(), [living.name, "user.slice"].sort());
  });
});
