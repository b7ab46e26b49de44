import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const tarsier = fileURLToPath(new URL("../../../bin/tarsier.js", import.meta.url));
const run = (...parameters: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tarsier, ...parameters], { encoding: "utf8" });
  return { status, stdout, stderr };
};

test("without a command the usage is shown, with every command in it", () => {
  const { status, stdout, stderr } = run();
  assert.equal(status, 0);
  assert.match(stdout, /^ {2}observe {3}show every connection/m);
  assert.match(stdout, /^ {2}doctor {4}say what is needed/m);
  assert.equal(stderr, "");
});

test("an unknown command is named, and the exit code is that of a wrong call", () => {
  assert.deepEqual(run("obsrve"), {
    status: 2,
    stdout: "",
    stderr: "tarsier: there is no command `obsrve`: see `tarsier --help`\n",
  });
});

test("the version is the package's", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  assert.deepEqual(run("--version"), { status: 0, stdout: `${version}\n`, stderr: "" });
});

test("each command has help of its own", () => {
  assert.match(run("observe", "--help").stdout, /^tarsier observe: .*\n\n {2}tarsier observe \[options\] -- <command>/);
  assert.match(run("doctor", "-h").stdout, /^tarsier doctor: /);
});

test("a wrong option is one line that leads to the help, and exit code 2", () => {
  const { status, stdout, stderr } = run("observe", "--nonsense");
  assert.equal(status, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^tarsier: .*--nonsense.*; see `tarsier observe --help`\n$/);
  assert.match(run("doctor", "extra").stderr, /^tarsier: .*extra.*; see `tarsier doctor --help`\n$/);
});

test("nothing to observe is a wrong call", () => {
  assert.equal(run("observe").status, 2);
  assert.equal(run("observe", "--").status, 2);
  assert.equal(run("observe", "--pid", "1", "--", "true").status, 2);
  assert.equal(run("observe", "-o", "/nowhere/at/all", "--", "true").status, 2);
});

test("a reader that has gone is no error", async () => {
  for (const parameters of [["--help"], ["nonsense"]]) {
    const child = spawn(process.execPath, [tarsier, ...parameters], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    child.stderr.destroy();
    const [code] = await once(child, "exit");
    assert.equal(code, parameters[0] === "--help" ? 0 : 2);
  }
});
