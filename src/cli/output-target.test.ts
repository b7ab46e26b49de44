import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { InputError } from "../errors/error.ts";
import { fileOutput } from "./output-target.ts";

/** Runs a script in a Node of its own that has `standardOutput`, with its standard output led to `shell`. */
function scripted(script: string, shell: string): { readonly stdout: string; readonly stderr: string } {
  const module = fileURLToPath(new URL("./output-target.js", import.meta.url));
  const text = `const { standardOutput, fileOutput } = await import(${JSON.stringify(module)}); ${script}`;
  const { stdout, stderr } = spawnSync(
    "sh",
    ["-c", `"$0" --input-type=module -e "$1" ${shell}`, process.execPath, text],
    {
      encoding: "utf8",
    },
  );
  return { stdout, stderr };
}

test("a file is made, written in order, and not written to after it is closed", () => {
  const folder = mkdtempSync(join(tmpdir(), "tarsier-output-"));
  try {
    const path = join(folder, "records.jsonl");
    const output = fileOutput(path);
    output.write("one\n");
    output.write("zwei ß\n");
    output.close();
    output.close();
    output.write("three\n");
    assert.equal(readFileSync(path, "utf8"), "one\nzwei ß\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a file that cannot be made is refused by the name of its option", () => {
  assert.throws(() => fileOutput("/nowhere/at/all"), {
    name: InputError.name,
    message: /^--output \/nowhere\/at\/all: cannot write there \(ENOENT/,
  });
});

test("a full disk is told once, and ends the output", () => {
  const { stdout, stderr } = scripted(
    `const output = fileOutput("/dev/full"); output.write("a"); output.write("b");
     output.closed.then(() => console.log("closed"));`,
    "",
  );
  assert.equal(stdout, "closed\n");
  assert.match(stderr, /^tarsier: cannot write to \/dev\/full: ENOSPC[^\n]*\n$/);
});

test("a slow reader of standard output is waited for, also where somebody made it non-blocking", () => {
  const script = `process.stdout.write(""); // Node makes it non-blocking.
    const output = standardOutput(); for (let i = 0; i < 40; i++) output.write("x".repeat(10_000)); output.write("end");`;
  assert.equal(scripted(script, "| { sleep 0.3; wc -c; }").stdout.trim(), "400003");
});

test("a reader of standard output that has gone ends the output without a word", () => {
  const script = `const output = standardOutput();
    output.closed.then(() => process.stderr.write("closed"));
    const timer = setInterval(() => output.write("x".repeat(100)), 5); output.closed.then(() => clearInterval(timer));`;
  const { stdout, stderr } = scripted(script, "| head -c 3");
  assert.equal(stdout, "xxx");
  assert.equal(stderr, "closed");
});
