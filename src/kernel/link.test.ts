import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, readdirSync, rmdirSync } from "node:fs";
import { createBtfBuilder } from "../btf/index.ts";
import { compileText } from "../compiler/compile.testing.ts";
import { loadCollection } from "./collection.ts";
import { emptyProgram } from "./empty-program.ts";
import { cgroupRoot } from "./every-hook.testing.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { runIterator } from "./link.ts";
import { loadedIds } from "./loaded.ts";
import { withPrivateMount } from "./private-mount.ts";
import { programInfo } from "./program-info.ts";

const counter = compileText(`import { iterator } from "tarsier/program";
  interface task_struct extends KernelStruct { readonly tgid: i32; }
  const Seen = struct({ tasks: u64, wanted: u64 });
  export const seen = arrayMap({ value: Seen, maxEntries: 1, mmapable: true });
  export const wantedProcess = config(u32, 0);
  export const countTasks = iterator("task", (task: task_struct | null) => {
    const entry = seen.get(0);
    if (task === null || entry === null) return;
    entry.tasks += 1n;
    if (u32(task.tgid) === wantedProcess) entry.wanted += 1n;
  });
`);

kernelTest("an iterator runs over everything of its kind, each time it is run", () => {
  const collection = loadCollection(counter);
  try {
    const seen = collection.map("seen").mapped();
    const link = collection.attach("countTasks");
    assert.equal(runIterator(link).byteLength, 0);
    const once = seen.getBigUint64(0, true);
    assert.ok(once > 0n, "there are tasks");
    runIterator(link);
    assert.ok(seen.getBigUint64(0, true) > once);
  } finally {
    collection.close();
  }
});

kernelTest("a link that is closed twice closes nothing else", () => {
  const collection = loadCollection(counter);
  try {
    const link = collection.attach("countTasks");
    link.close();
    // The lowest number that is free: the link's own.
    const file = openSync("/dev/null", "r");
    assert.equal(file, link.fd);
    link.close();
    collection.close();
    assert.ok(readdirSync("/proc/self/fd").includes(String(file)));
    closeSync(file);
  } finally {
    collection.close();
  }
});

kernelTest("what was loaded has an id until it is closed", async () => {
  const collection = loadCollection(counter);
  const ids = counter.programs.map(({ name }) => programInfo(collection.program(name).fd).id);
  const those = () => loadedIds("programs").filter((id) => ids.includes(id));
  assert.deepEqual(
    those(),
    ids.toSorted((one, other) => one - other),
  );
  collection.close();
  // The kernel frees what was closed a moment later.
  for (let waited = 0; waited < 250 && those().length > 0; waited++) {
    await new Promise((later) => setTimeout(later, 20));
  }
  assert.deepEqual(those(), []);
});

const twoFilters = {
  name: "filters",
  license: "GPL",
  maps: [],
  config: [],
  programs: ["one", "other"].map((name) => ({ ...emptyProgram("cgroupSkbEgress"), name })),
  btf: createBtfBuilder().encode(),
} as const;

kernelTest("a link is described, its program replaced, pinned, and detached for whoever holds it", () => {
  const cgroup = `${cgroupRoot()}/tarsier-link-${process.pid}`;
  mkdirSync(cgroup);
  const collection = loadCollection(twoFilters);
  try {
    const link = collection.attach<"cgroupSkbEgress">("one", { cgroup });
    const { type, attachType, programId } = link.info();
    assert.deepEqual([type, attachType, programId], ["cgroup", 1, programInfo(collection.program("one").fd).id]);
    link.update(collection.program("other"));
    assert.equal(link.info().programId, programInfo(collection.program("other").fd).id);
    withPrivateMount("bpf", (root) => {
      link.pin(`${root}/tarsier_link`);
      assert.throws(() => link.pin(`${root}/tarsier_link`), { code: "PIN_EXISTS" });
      collection.program("one").pin(`${root}/tarsier_one`);
    });
    link.detach();
    assert.equal(link.info().cgroupId, 0n, "the link is of no cgroup any more");
    link.close();
    link.close();
  } finally {
    collection.close();
    rmdirSync(cgroup);
  }
});

kernelTest("what a hook needs to be told is asked for", () => {
  const collection = loadCollection(twoFilters);
  try {
    assert.throws(() => collection.attach("one"), {
      code: "ATTACH_CGROUP",
      message: "one (cgroupSkbEgress) is attached to a cgroup: say which, as { cgroup }",
    });
    assert.throws(() => collection.attach("one", { cgroup: "/nowhere" }), { code: "CGROUP_ABSENT" });
  } finally {
    collection.close();
  }
});
