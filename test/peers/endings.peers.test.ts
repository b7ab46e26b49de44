/** How a command and its observation end: exit codes, signals, limits, and what is left of them. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseOwnCgroup } from "../../src/identity/cgroup.ts";
import { observedTest, type Running, tarsierCommand } from "./observed.ts";
import { nodeServer } from "./peer-programs.ts";
import { requestFor, speak } from "./raw-client.ts";
import { cgroups } from "./traces.ts";

const cgroupOf = (pid: number) => parseOwnCgroup(readFileSync(`/proc/${pid}/cgroup`, "utf8"));
const ownCgroup = () => cgroupOf(process.pid);
const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** When the process itself has ended; its outputs may still be held by a command that goes on. */
const exited = async ({ child }: Running): Promise<number | null> =>
  child.exitCode ?? (child.signalCode === null ? (await once(child, "exit"))[0] : null);

observedTest("the exit code is the command's own", async (scene) => {
  for (const [script, code] of [
    ["exit 0", 0],
    ["exit 3", 3],
    ["kill -KILL $$", 137],
    ["kill -TERM $$", 143],
  ] as const) {
    const { exitCode, summary } = await (await scene.observe(["--", "sh", "-c", script])).result;
    assert.equal(exitCode, code, script);
    assert.equal(summary.lost, 0);
  }
});

observedTest("a command that is not there, or a wrong call, is one clear line", async (scene) => {
  for (const [parameters, code, line] of [
    [["--", "no-such-command"], 127, "command not found: no-such-command; check its name and PATH"],
    [["--", "/etc/passwd"], 127, "command not found: /etc/passwd; check its name and PATH"],
    [["--pid", "4194305"], 2, "--pid 4194305: there is no such process here"],
    [["--cgroup", "/no/such/cgroup"], 2, /^no such cgroup: .*\/no\/such\/cgroup$/],
    [["--user", "nobody-here", "--", "true"], 2, "--user nobody-here: there is no such user here"],
    [["-o", "/no/such/folder/file", "--", "true"], 2, /^--output \/no\/such\/folder\/file: cannot write there/],
    [[], 2, "nothing to observe: give a command after `--`, or --pid, or --cgroup"],
  ] as const) {
    const observer = scene.run(tarsierCommand("observe", ...parameters));
    assert.equal(await observer.ended, code, observer.stderr());
    const [, text] = /^tarsier: (.*)\n$/.exec(observer.stderr()) ?? [];
    if (typeof line === "string") assert.equal(text, line);
    else assert.match(text ?? observer.stderr(), line);
    assert.equal(observer.stdout(), "");
  }
});

observedTest("SIGINT and SIGTERM go on to the command, whose answer counts", async (scene) => {
  for (const [signal, code] of [
    ["INT", 5],
    ["TERM", 6],
  ] as const) {
    const script = `trap 'echo got ${signal}; exit ${code}' ${signal}; echo ready; while :; do sleep 0.05; done`;
    const observer = await scene.observe(["--", "sh", "-c", script]);
    await observer.printed(/ready/);
    const { exitCode, stdout } = await observer.stop(`SIG${signal}`);
    assert.equal(exitCode, code);
    assert.match(stdout, new RegExp(`got ${signal}`));
  }
});

observedTest(
  "a command that ignores the signal goes on unobserved, in the cgroup that Tarsier came from",
  async (scene) => {
    const observer = await scene.observe(["--", "sh", "-c", "trap '' TERM; echo pid $$; while :; do sleep 0.05; done"]);
    const pid = Number((await observer.printed(/pid (\d+)/))[1]);
    try {
      assert.match(cgroupOf(pid)!, /\/tarsier-\d+-\d+-\d+$/);
      observer.child.kill("SIGTERM");
      await sleep(300);
      assert.equal(observer.child.exitCode, null);
      observer.child.kill("SIGTERM");
      assert.equal(await exited(observer), 0);
      assert.ok(isRunning(pid));
      assert.equal(cgroupOf(pid), ownCgroup());
    } finally {
      process.kill(pid, "SIGKILL");
    }
  },
);

observedTest(
  "a signal at any time of its start leaves nothing, and the command ends or never begins",
  async (scene) => {
    for (const delayMs of [100, 200, 300, 400, 500, 600]) {
      const observer = scene.run(tarsierCommand("observe", "--", "sleep", "20"));
      await sleep(delayMs);
      observer.child.kill("SIGTERM");
      const begun = performance.now();
      assert.equal(await observer.ended, 143, observer.stderr());
      assert.ok(performance.now() - begun < 3000);
      assert.deepEqual(cgroups(), []);
    }
  },
);

observedTest("what a command leaves running when it ends goes on, and its cgroup goes", async (scene) => {
  const observer = await scene.observe(["--", "sh", "-c", "sleep 20 >/dev/null 2>&1 & echo pid $!; exit 4"]);
  const { exitCode, stdout } = await observer.result;
  const pid = Number(/pid (\d+)/.exec(stdout)?.[1]);
  try {
    assert.equal(exitCode, 4);
    assert.equal(cgroupOf(pid), ownCgroup());
  } finally {
    process.kill(pid, "SIGKILL");
  }
});

observedTest("killed while it observes, Tarsier leaves a cgroup that the next start removes", async (scene) => {
  const observer = await scene.observe(["--", ...nodeServer]);
  const [, pidText, port] = await observer.printed(/pid (\d+)\nport (\d+)/);
  const pid = Number(pidText);
  try {
    observer.child.kill("SIGKILL");
    await exited(observer);
    const [left] = cgroups();
    assert.ok(left?.endsWith(cgroupOf(pid)!));
    assert.match((await speak(Number(port), requestFor("/item/1"))).heard, /^HTTP\/1\.1 200 /);

    const next = await scene.observe(["--", "true"]);
    await next.result;
    assert.deepEqual(cgroups(), []);
    assert.ok(isRunning(pid));
    assert.equal(cgroupOf(pid), ownCgroup());
  } finally {
    process.kill(pid, "SIGKILL");
  }
});

observedTest("a closed standard output ends the observation, not the command", async (scene) => {
  const observer = scene.run(tarsierCommand("observe", "--json", "--", ...nodeServer));
  const [, pidText, port] = await observer.printed(/pid (\d+)\nport (\d+)/);
  const pid = Number(pidText);
  try {
    observer.child.stdout!.destroy();
    for (let index = 0; index < 5 && observer.child.exitCode === null; index++) {
      await speak(Number(port), requestFor("/item/1"));
      await sleep(150);
    }
    assert.equal(await exited(observer), 141);
    assert.match(observer.stderr(), /the output was closed/);
    assert.ok(isRunning(pid));
  } finally {
    process.kill(pid, "SIGKILL");
  }
});

observedTest(
  "the command gets the limit of open files that Tarsier was started with, and no descriptor more",
  async (scene) => {
    const command = ["sh", "-c", "ulimit -Sn; ls /proc/$$/fd"];
    const limited = (...inner: string[]) => scene.run(["sh", "-c", 'ulimit -Sn 512; "$@"; exit $?', "sh", ...inner]);
    const alone = limited(...command);
    const observed = limited(...tarsierCommand("observe", "--quiet", "--", ...command));
    assert.deepEqual([await alone.ended, await observed.ended], [0, 0]);
    assert.match(alone.stdout(), /^512\n0\n1\n2\n/);
    assert.equal(observed.stdout(), alone.stdout());
  },
);

observedTest("--for ends the command, and --quiet keeps quiet", async (scene) => {
  const begun = performance.now();
  const observer = scene.run(tarsierCommand("observe", "--for", "300ms", "--quiet", "--", "sleep", "20"));
  assert.equal(await observer.ended, 0);
  assert.ok(performance.now() - begun < 5000);
  assert.deepEqual([observer.stdout(), observer.stderr()], ["", ""]);

  const loud = scene.run(tarsierCommand("observe", "--for", "300ms", "--", "sleep", "20"));
  assert.equal(await loud.ended, 0);
  assert.match(loud.stdout(), /^TIME +PROCESS.*\ntarsier: 0 requests on 0 connections in .* · 0 lost/);
  assert.match(loud.stderr(), /^tarsier: observing sleep \(cgroup tarsier-[\d-]+\) · kernel \d+\.\d+ · \d+ programs/);
});
