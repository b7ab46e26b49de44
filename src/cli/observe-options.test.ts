import assert from "node:assert/strict";
import { test } from "node:test";
import { parseObserveOptions } from "./observe-options.ts";

const parsed = (...parameters: string[]) => {
  const options = parseObserveOptions(parameters);
  assert.notEqual(options, "help");
  return options as Exclude<typeof options, "help">;
};

test("everything after -- is the command, options of its own included", () => {
  assert.deepEqual(parsed("--json", "--", "curl", "--json", "{}", "-o", "x").target, {
    kind: "command",
    command: ["curl", "--json", "{}", "-o", "x"],
  });
});

test("without options records go to standard output as a table, within a tenth of a CPU", () => {
  const options = parsed("--pid", "42");
  assert.deepEqual(options.target, { kind: "pid", pid: 42 });
  assert.equal(options.json, false);
  assert.equal(options.output, undefined);
  assert.equal(options.cpuBudgetShare, 0.1);
});

test("a CPU budget is a percentage", () => {
  assert.equal(parsed("--cpu-budget", "5%", "--pid", "1").cpuBudgetShare, 0.05);
  assert.equal(parsed("--cpu-budget", "25", "--pid", "1").cpuBudgetShare, 0.25);
});

test("a wrong call says what is wrong and what to write", () => {
  const refusals: [string[], RegExp][] = [
    [[], /nothing to observe: give a command after `--`/],
    [["node", "server.js"], /Put `--` before the command: tarsier observe -- node server\.js/],
    [["--pid", "1", "--", "ls"], /one thing at a time/],
    [["--pid", "x"], /--pid x: not a process id/],
    [["--cpu-budget", "0", "--pid", "1"], /--cpu-budget 0: not a share/],
    [["--nope"], /--nope.*see `tarsier observe --help`/],
    [["--for", "soon", "--pid", "1"], /--for soon: not a duration/],
  ];
  for (const [parameters, message] of refusals) {
    assert.throws(() => parseObserveOptions(parameters), { message });
  }
});

test("help is asked for", () => {
  assert.equal(parseObserveOptions(["--help"]), "help");
});

test("an engine is one of three", () => {
  assert.equal(parsed("--", "true").engine, "auto");
  assert.equal(parsed("--engine", "user", "--", "true").engine, "user");
  assert.throws(() => parsed("--engine", "magic", "--", "true"), { code: "ENGINE_UNKNOWN" });
});
