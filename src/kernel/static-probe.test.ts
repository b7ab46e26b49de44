import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createBtfBuilder } from "../btf/index.ts";
import { loadCollection } from "./collection.ts";
import { emptyProgram } from "./empty-program.ts";
import { kernelTest } from "./kernel-tests.testing.ts";
import { enableStatistics, programStatistics } from "./statistics.ts";
import { functionOffset, parseUserTarget, staticProbes } from "./user-functions.ts";

const python = "/usr/bin/python3";

test("the target of a user function is a path and a symbol or an offset", () => {
  assert.deepEqual(parseUserTarget("/lib/libssl.so.3:SSL_read"), {
    binary: "/lib/libssl.so.3",
    symbol: "SSL_read",
    offset: undefined,
  });
  assert.deepEqual(parseUserTarget("/bin/x:0x1f40"), { binary: "/bin/x", symbol: undefined, offset: 0x1f40 });
  assert.deepEqual(parseUserTarget(""), { binary: undefined, symbol: undefined, offset: undefined });
});

test("a function that a file does not have is named, as is a file that is none", () => {
  assert.ok(functionOffset(process.execPath, "SSL_read") > 0);
  assert.throws(() => functionOffset(process.execPath, "no_such_function"), /has no function no_such_function/);
  assert.throws(() => functionOffset("/nowhere", "main"), { code: "ELF_UNREADABLE" });
  assert.throws(() => functionOffset("/proc/self/maps", "main"), { name: "InputError" });
});

kernelTest("a program on a statically defined probe runs where the probe is, semaphore and all", (context) => {
  if (!existsSync(python) || staticProbes(realpathSync(python)).length === 0) {
    context.skip(`there is no ${python} with statically defined probes`);
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), "tarsier-usdt-"));
  // A file of our own: nobody else's Python runs into the probe.
  const binary = join(directory, "python");
  copyFileSync(realpathSync(python), binary);
  const collection = loadCollection({
    name: "usdt",
    license: "GPL",
    maps: [],
    config: [],
    programs: [emptyProgram("usdt", `${binary}:python:import__find__load__start`)],
    btf: createBtfBuilder().encode(),
  });
  const statistics = enableStatistics();
  try {
    const link = collection.attach("probe_usdt");
    spawnSync(binary, ["-c", "import json"]);
    assert.ok(programStatistics(collection.program("probe_usdt")).runCount > 0n);
    link.close();
    assert.throws(() => collection.attach<"usdt">("probe_usdt", { probe: "nothing" }), {
      code: "USDT_ABSENT",
      message: `${binary} has no probe python:nothing`,
    });
  } finally {
    statistics.close();
    collection.close();
    rmSync(directory, { recursive: true });
  }
});
