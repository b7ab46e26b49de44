/** The examples about processes: what they execute and open, how long they wait and where they spend their time. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "../src/index.ts";
import { kernelTest } from "../src/kernel/kernel-tests.testing.ts";
import { Open } from "./file-opens.ts";
import { example, withCgroup } from "./places.testing.ts";
import { Kind, ProcessEvent } from "./process-events.ts";
import { sum, text } from "./show.ts";

type Scope = typeof import("./scope.ts");

kernelTest("process-events: what is executed, and how it ends", () =>
  withCgroup(async ({ scope, run }) => {
    const url = example("process-events");
    using collection = await load<typeof import("./process-events.ts") & Scope>(url, { config: scope });
    collection.programs.exec.attach();
    collection.programs.exit.attach();
    const { pid } = await run("sh", "-c", "/bin/echo hello; (exit 3); kill -9 $$");

    const told: string[] = [];
    collection.maps.events.drain(ProcessEvent, (event) => {
      const who = event.process === pid ? "the shell" : event.parent === pid ? "its child" : "a stranger";
      if (event.kind === Kind.exec) told.push(`${who} executes ${text(event.file).replace("/usr", "")}`);
      else told.push(`${who}, ${text(event.command)}, ends with ${event.status}, by signal ${event.signal}`);
    });
    assert.deepEqual(told, [
      "the shell executes /bin/sh",
      "its child executes /bin/echo",
      "its child, echo, ends with 0, by signal 0",
      "its child, sh, ends with 3, by signal 0",
      "the shell, sh, ends with 0, by signal 9",
    ]);
  }),
);

kernelTest("file-opens: names, and what came of it", () =>
  withCgroup(async ({ scope, run }) => {
    const directory = mkdtempSync(join(tmpdir(), "tarsier-opens-"));
    try {
      writeFileSync(join(directory, "there"), "");
      const url = example("file-opens");
      using collection = await load<typeof import("./file-opens.ts") & Scope>(url, { config: scope });
      collection.programs.begin.attach();
      collection.programs.end.attach();
      const { pid } = await run("sh", "-c", `exec cat ${directory}/there ${directory}/missing 2>/dev/null`);

      const results = new Map<string, number>();
      collection.maps.opens.drain(Open, (open) => {
        assert.equal(open.process, pid);
        results.set(text(open.path), open.result);
      });
      assert.equal(results.get(`${directory}/missing`), -2);
      assert.ok(results.get(`${directory}/there`)! > 2);
    } finally {
      rmSync(directory, { recursive: true });
    }
  }),
);

kernelTest("syscall-latency: every call is counted once, in one slot", () =>
  withCgroup(async ({ scope, run }) => {
    const url = example("syscall-latency");
    using collection = await load<typeof import("./syscall-latency.ts") & Scope>(url, { config: scope });
    collection.programs.enter.attach();
    collection.programs.exit.attach();
    await run("dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1000", "status=none");

    const read = process.arch === "x64" ? 0 : 63;
    const perProcessor = collection.maps.latencies.get(read)!;
    const calls = sum(perProcessor.map((entry) => entry.calls));
    assert.ok(calls >= 1000n && calls < 1100n, `${calls} calls of read`);
    assert.equal(sum(perProcessor.flatMap((entry) => entry.slots)), calls);
    assert.ok(sum(perProcessor.map((entry) => entry.totalNs)) > calls * 10n);
  }),
);

kernelTest("run-queue-latency: every wait is counted once, in one slot", () =>
  withCgroup(async ({ scope, run }) => {
    const url = example("run-queue-latency");
    using collection = await load<typeof import("./run-queue-latency.ts") & Scope>(url, { config: scope });
    for (const name of ["wakeup", "wakeupNew", "switched"] as const) collection.programs[name].attach();
    await run("sh", "-c", "for turn in 1 2 3 4 5; do sleep 0.01; done");

    const perProcessor = collection.maps.waits.get(0)!;
    const count = sum(perProcessor.map((waits) => waits.count));
    assert.ok(count >= 10n && count < 1000n, `${count} waits`);
    assert.equal(sum(perProcessor.flatMap((waits) => waits.slots)), count);
    for (const { totalNs, longestNs } of perProcessor) assert.ok(longestNs <= totalNs);
  }),
);

kernelTest("cpu-samples: who runs, and in which functions", () =>
  withCgroup(async ({ scope, run }) => {
    const url = example("cpu-samples");
    using collection = await load<typeof import("./cpu-samples.ts") & Scope>(url, { config: scope });
    collection.programs.sample.attach({ frequencyHz: 999 });
    const { pid } = await run("bash", "-c", "for ((turn = 0; turn < 60000; turn++)); do :; done");

    const places = [...collection.maps.samples];
    const own = places.filter(([place]) => text(place.command) === "bash");
    assert.ok(own.length > 0, `${places.length} places`);
    assert.ok(places.every(([place]) => place.process === pid));
    const [place] = own.find(([{ userStack }]) => userStack >= 0n)!;
    const stack = collection.maps.stacks.get(Number(place.userStack))!;
    assert.ok(stack.length > 0, "a stack has frames");
  }),
);
