import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { InputError } from "../errors/error.ts";
import { cgroupScope } from "./scope.ts";

const place = { process: 1, namespaceLevel: 0, cgroupLevel: 3 };

/** A directory that looks like a hierarchy in which we are one level deep, and `web` is a cgroup. */
function withHierarchy(run: (hierarchy: { root: string; own: string }) => void): void {
  const root = mkdtempSync(join(tmpdir(), "tarsier-scope-"));
  try {
    for (const name of ["", "own", "web", "web/worker"]) {
      mkdirSync(join(root, name), { recursive: true });
      writeFileSync(join(root, name, "cgroup.procs"), "");
    }
    mkdirSync(join(root, "no-cgroup"));
    run({ root, own: join(root, "own") });
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("a cgroup is given by its whole path or from the mount of cgroup2", () => {
  withHierarchy((hierarchy) => {
    const directory = join(hierarchy.root, "web");
    for (const path of [directory, `${directory}/`, "web", "/web", "web/worker/..", `${directory}/../web`]) {
      const scope = cgroupScope(path, hierarchy, place);
      assert.equal(scope.label, directory);
      assert.equal(scope.kind === "cgroup" && scope.id, statSync(directory, { bigint: true }).ino);
    }
  });
});

test("its level counts from the kernel's root, which may be above the mount", () => {
  withHierarchy((hierarchy) => {
    const levelOf = (path: string) => {
      const scope = cgroupScope(path, hierarchy, place);
      return scope.kind === "cgroup" ? scope.level : undefined;
    };
    // We are at level 3, one below the mount: the mount is at level 2.
    assert.deepEqual(["/", "web", "web/worker"].map(levelOf), [2, 3, 4]);
  });
});

test("what is no cgroup is refused, with the place where cgroups are", () => {
  withHierarchy((hierarchy) => {
    const refused = (path: string, message: RegExp) =>
      assert.throws(() => cgroupScope(path, hierarchy, place), { name: InputError.name, message });
    refused("absent", /^no such cgroup: .*\/absent$/);
    refused("no-cgroup", /no-cgroup is no cgroup: give a directory below/);
    refused("web/cgroup.procs", /cgroup\.procs is no cgroup/);
    refused("../elsewhere", /--cgroup \.\.\/elsewhere: give a directory below .*tarsier-scope-/);
    refused(`${hierarchy.root}-twin/web`, /^no such cgroup: /);
  });
});

test("where cgroup2 is not mounted, --cgroup cannot be used", () => {
  assert.throws(() => cgroupScope("web", undefined, place), {
    name: InputError.name,
    message: "--cgroup: cgroup2 is not mounted here; mount it, or watch by --pid",
  });
});
