import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findCgroupHierarchy } from "../identity/cgroup.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { directoryWith, tarsier, tarsierPath, tarsierProcess } from "./tarsier.testing.ts";

/** Sees the system calls of its own cgroup only. */
const calls = `import { config, currentCgroupId, hash, ringBuffer, struct, tpBtf, u64 } from "tarsier/program";

export const Event = struct({ call: u64 });
export const Total = struct({ count: u64 });
export const events = ringBuffer({ sizeBytes: 65536 });
export const totals = hash({ key: u64, value: Total, maxEntries: 1024 });
export const cgroupId = config(u64, 1n);

export const entered = tpBtf("sys_enter", (_registers: u64, call: u64) => {
  if (currentCgroupId() !== cgroupId) return;
  const total = totals.getOrInsert(call, Total.zero());
  if (total === null) return;
  total.count += 1n;
  if (total.count > 1n) return;
  const event = Event.zero();
  event.call = call;
  events.output(event);
});
`;

const context = 'RunContext<typeof import("./calls.ts")>';
/** A user half, in TypeScript that no JavaScript engine takes as it is. */
const withUserHalf = (body: string): string =>
  `import type { RunContext } from "tarsier";
${calls}\nenum Word { many = "many" }\nexport default async function (run: ${context}): Promise<void> {\n${body}\n}\n`;

/** Cgroups that the Tarsier of this pid made and that are there now. */
function workspacesOf(pid: number): string[] {
  const own = findCgroupHierarchy()?.own;
  return own === undefined ? [] : readdirSync(own).filter((name) => name.startsWith(`tarsier-${pid}-`));
}

kernelTest("the user half gets the collection, and the command its streams and its exit code", (test) => {
  const body = `
    const seen: bigint[] = [];
    run.maps.events.read(Event, (event) => seen.push(event.call));
    await new Promise<unknown>((resolve) => run.signal.addEventListener("abort", resolve));
    const known = new Set([...run.maps.totals.keys()]);
    run.print([seen.length > 5 ? Word.many : "few", seen.every((call) => known.has(call)), run.scope.pid === run.command!.pid].join(" "));`;
  const directory = directoryWith(test, { "calls.ts": withUserHalf(body) });
  const { status, stdout, stderr } = tarsier(directory, ["run", "calls.ts", "--", "sh", "-c", "cat; exit 3"], {
    input: "through\n",
  });
  assert.deepEqual([status, stdout], [3, "through\nmany true true\n"], stderr);
  assert.equal(stderr, "tarsier: running calls.ts · 1 of 1 programs attached\n");
});

kernelTest("without a user half records are printed as they come, and maps at the end", (test) => {
  const directory = directoryWith(test, { "calls.ts": calls });
  const lines = tarsier(directory, ["run", "-q", "--json", "calls.ts", "--", "true"]).stdout.trim().split("\n");
  const records = lines.map((line) => JSON.parse(line));
  const called = records.filter(({ map }) => map === "events").map(({ record }) => record.call);
  const counted = records.filter(({ map }) => map === "totals").map(({ key }) => key);
  assert.ok(called.length > 5);
  assert.deepEqual(called.toSorted(), counted.toSorted());
  const text = tarsier(directory, ["run", "calls.ts", "--", "true"]).stdout;
  assert.match(text, /^events {2}call=\d+\n/);
  assert.match(text, /^totals\n {2}\d+ {2}count=\d+\n/m);
});

kernelTest("programs of a cgroup are attached to the command's", (test) => {
  const text = `import { atomic, cgroupSocket, global, hash, u32, u64, struct, currentProcess } from "tarsier/program";
const Total = struct({ count: u64 });
export const sockets = hash({ key: u32, value: Total, maxEntries: 16 });
export const created = cgroupSocket.create(() => {
  const total = sockets.getOrInsert(u32(1), Total.zero());
  if (total !== null) atomic.add(total, "count", 1n);
  return cgroupSocket.allow;
});
`;
  const directory = directoryWith(test, { "sockets.ts": text });
  const script = "require('node:dgram').createSocket('udp4').bind(0, '127.0.0.1', function () { this.close(); })";
  const { stdout } = tarsier(directory, ["run", "sockets.ts", "--", process.execPath, "-e", script]);
  assert.match(stdout, /^sockets\n {2}1 {2}count=\d+\n$/);
  const nowhere = tarsier(directory, ["run", "sockets.ts"]);
  assert.equal(nowhere.status, 2);
  assert.match(nowhere.stderr, /nothing of sockets\.ts is attached: created: it needs --cgroup, or a command\n$/);
});

kernelTest("what a program says by console.log stands behind its line, with and without a user half", (test) => {
  const kernel = `import { socketAddress } from "tarsier/program";
export const connect = socketAddress.connect4((address) => {
  console.log("port", address.port);
  return socketAddress.allow;
});
`;
  const user = "export default function ({ print }) { print('there'); }\n";
  const directory = directoryWith(test, { "one.ts": kernel, "two.ts": kernel + user });
  const command = ["--", "bash", "-c", "(: </dev/tcp/127.0.0.1/7) 2>&-; true"];
  assert.equal(tarsier(directory, ["run", "-q", "one.ts", ...command]).stdout, "one.ts:3: port 7\n");
  assert.equal(tarsier(directory, ["run", "-q", "two.ts", ...command]).stdout, "there\ntwo.ts:3: port 7\n");
  const { stdout } = tarsier(directory, ["run", "--json", "one.ts", ...command]);
  assert.deepEqual(JSON.parse(stdout), { log: "port 7", file: "one.ts", line: 3 });
});

kernelTest("a signal ends the run: the user half comes to its end, and nothing is left", async (test) => {
  const body = `
    run.print("reading");
    await new Promise<unknown>((resolve) => run.signal.addEventListener("abort", resolve));
    run.print("done");`;
  const directory = directoryWith(test, { "calls.ts": withUserHalf(body) });
  const child = spawn(process.execPath, [tarsierPath, "run", "calls.ts", "--", "sleep", "60"], {
    cwd: directory,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.on("data", (data) => {
    stdout += data;
    if (stdout === "reading\n") child.kill("SIGINT");
  });
  const [code] = await once(child, "close");
  assert.deepEqual([code, stdout], [130, "reading\ndone\n"]);
  assert.deepEqual(workspacesOf(child.pid!), []);
});

kernelTest("a user half that is done, or stops the run, ends it", (test) => {
  const directory = directoryWith(test, {
    "calls.ts": withUserHalf('run.print("at once");'),
    "stop.ts": withUserHalf("run.maps.events.read(() => {}); setTimeout(() => run.stop(), 50);"),
  });
  assert.deepEqual(tarsier(directory, ["run", "-q", "calls.ts"]), { status: 0, stdout: "at once\n", stderr: "" });
  assert.equal(tarsier(directory, ["run", "-q", "stop.ts"]).status, 0);
  assert.equal(tarsier(directory, ["run", "-q", "stop.ts", "--", "sleep", "60"]).status, 0);
});

kernelTest("a user half that throws is one line, and where; nothing is left", (test) => {
  const directory = directoryWith(test, {
    "calls.ts": withUserHalf('throw new Error("no luck");'),
    "reader.ts": withUserHalf('run.maps.events.read(() => { throw new Error("no record"); });'),
  });
  const { pid, status, stderr } = tarsierProcess(directory, ["run", "-q", "calls.ts", "--", "true"]);
  assert.equal(status, 1);
  assert.match(stderr, /^tarsier: calls\.ts: no luck\n\s+at .*calls\.ts:23:7\)\n$/);
  assert.deepEqual(workspacesOf(pid), []);
});

kernelTest("what is wrong with the user half's own TypeScript stands on its line", (test) => {
  const directory = directoryWith(test, {
    "calls.ts": withUserHalf("namespace A { export const b = 1; }"),
    "kind.ts": `${calls}export default 3;`,
    "import.ts": `import { x } from "./absent.ts";\n${calls}export default () => x();`,
  });
  const first = tarsier(directory, ["run", "calls.ts"]);
  assert.equal(first.status, 1);
  assert.match(first.stderr, /^tarsier: calls\.ts:/);
  assert.match(tarsier(directory, ["run", "kind.ts"]).stderr, /^tarsier: kind\.ts: its default export is no function/);
  const { status, stderr } = tarsier(directory, ["run", "import.ts"]);
  assert.equal(status, 1);
  assert.match(stderr, /^tarsier: import\.ts: .*absent\.ts/);
});

test("a wrong call is exit code 2, and says what is wrong", (context) => {
  const directory = directoryWith(context, { "calls.ts": calls });
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /nothing to run/],
    [["calls.ts", "curl"], /Put `--` before the command: tarsier run calls\.ts -- curl/],
    [["calls.ts", "--config", "nothing=1"], /no such config variable; there are: cgroupId/],
    [["calls.ts", "--config", "cgroupId=-1"], /64 bits, and no sign/],
    [["calls.ts", "--config", "cgroupId=abc"], /write name=value/],
    [["calls.ts", "--pid", "1", "--", "true"], /one thing at a time/],
    [["calls.ts", "--for", "soon"], /not a duration/],
  ];
  for (const [parameters, message] of wrong) {
    const { status, stderr } = tarsier(directory, ["run", ...parameters]);
    assert.equal(status, 2, parameters.join(" "));
    assert.match(stderr, message);
  }
  assert.equal(tarsier(directory, ["run", join(directory, "absent.ts")]).status, 1);
});

kernelTest("a command that is not there is 127, and a process that is not there is said", (test) => {
  const directory = directoryWith(test, { "calls.ts": calls });
  assert.equal(tarsier(directory, ["run", "calls.ts", "--", "tarsier-no-such-command"]).status, 127);
  const { status, stderr } = tarsier(directory, ["run", "calls.ts", "--pid", "4194303"]);
  assert.equal(status, 1);
  assert.match(stderr, /no such process/);
});
