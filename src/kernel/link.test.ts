import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync } from "node:fs";
import { compileText } from "../compiler/compile.testing.ts";
import { loadCollection } from "./collection.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { runIterator } from "./link.ts";
import { loadedIds } from "./loaded.ts";

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

kernelTest("what was loaded has an id until it is closed", () => {
  const before = new Set(loadedIds("programs"));
  const collection = loadCollection(counter);
  const made = loadedIds("programs").filter((id) => !before.has(id));
  collection.close();
  assert.ok(made.length > 0);
});
