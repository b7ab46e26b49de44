/** What can be watched: a running process, a cgroup, from inside a namespace; and a machine that lacks something. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { findCgroupHierarchy } from "../../src/identity/cgroup.ts";
import { startAgent } from "../../src/observe/agent.ts";
import { findOwnPlace } from "../../src/observe/self.ts";
import { processSubject } from "../../src/observe/subject.ts";
import { exchangeOf } from "./exchanges.ts";
import { observedTest, type Running, type Scene, tarsierCommand } from "./observed.ts";
import { nodeServer } from "./peer-programs.ts";
import { open, requestFor, speak } from "./raw-client.ts";

const quoted = (command: readonly string[]) => command.map((word) => `'${word}'`).join(" ");

async function portOfServer(server: Running): Promise<number> {
  return Number((await server.printed(/port (\d+)/))[1]);
}

/** Requests on one connection that stays open; each waits for its answer. */
async function keepAlive(port: number) {
  const socket = await open(port);
  return {
    async get(target: string) {
      socket.write(`GET ${target} HTTP/1.1\r\nHost: peer\r\n\r\n`);
      await once(socket, "data");
    },
    close: () => socket.destroy(),
  };
}

observedTest("a process that runs already, on a connection that it has already", async (scene) => {
  const server = scene.run(nodeServer);
  const port = await portOfServer(server);
  const older = await keepAlive(port);
  await older.get("/item/before");
  const observer = await scene.observe(["--pid", String(server.pid)]);
  await older.get("/item/1");
  await older.get("/item/2");
  await speak(port, requestFor("/item/3"));
  const { requests, connections, exitCode } = await observer.stop("SIGINT");
  older.close();

  assert.equal(exitCode, 0);
  assert.deepEqual(requests.map(exchangeOf), [
    ["GET", "/item/1", 200],
    ["GET", "/item/2", 200],
    ["GET", "/item/3", 200],
  ]);
  assert.deepEqual([...new Set(requests.map(({ role }) => role))], ["server"]);
  assert.deepEqual(connections.map(({ end }) => end).sort(), ["closed", "open"]);
  assert.equal(server.child.exitCode, null);
});

observedTest("children that a watched process forks later are watched too", async (scene) => {
  const shell = scene.run(["sh", "-c", `read line; ${quoted(nodeServer)} & wait`], { stdio: ["pipe", "pipe", "pipe"] });
  const observer = await scene.observe(["--pid", String(shell.pid)]);
  shell.child.stdin!.write("begin\n");
  const port = await portOfServer(shell);
  const pid = Number(/pid (\d+)/.exec(shell.stdout())?.[1]);
  try {
    await speak(port, requestFor("/item/1"));
    const { requests } = await observer.stop("SIGINT");
    assert.deepEqual(requests.map(exchangeOf), [["GET", "/item/1", 200]]);
    assert.equal(requests[0]!.process.pid, pid);
  } finally {
    process.kill(pid, "SIGKILL");
  }
});

observedTest("a cgroup, by its path", async (scene) => {
  const path = join(findCgroupHierarchy()!.own, `peers-${process.pid}`);
  mkdirSync(path);
  try {
    const server = scene.run(["sh", "-c", `echo $$ > '${path}/cgroup.procs'; exec ${quoted(nodeServer)}`]);
    const port = await portOfServer(server);
    const observer = await scene.observe(["--cgroup", path]);
    await speak(port, requestFor("/item/1"));
    const { requests, connections } = await observer.stop("SIGINT");
    server.child.kill("SIGTERM");
    await server.ended;

    assert.deepEqual(requests.map(exchangeOf), [["GET", "/item/1", 200]]);
    assert.equal(requests[0]!.cgroup, path);
    assert.equal(connections.length, 1);
  } finally {
    rmdirSync(path);
  }
});

observedTest("inside a pid namespace, processes have the ids that they have there", async (scene) => {
  const inside = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"];
  const observe = (...options: string[]) => quoted(tarsierCommand("observe", "--json", "--for", "1500ms", ...options));
  const scripts = [
    `${observe("--", ...nodeServer)}`,
    `${quoted(nodeServer)} & ${observe("--pid", "$!").replace("'$!'", '"$!"')}; kill $!; wait`,
  ];
  for (const script of scripts) {
    const observer = scene.run([...inside, script]);
    const port = await portOfServer(observer);
    while (!/attached/.test(observer.stderr())) await once(observer.child.stderr!, "data");
    await speak(port, requestFor("/item/1"));
    await observer.ended;
    const record = /^\{"type":"request".*$/m.exec(observer.stdout())?.[0];
    assert.ok(record, observer.stdout() + observer.stderr());
    const { process: named, target } = JSON.parse(record);
    assert.equal(target, "/item/1");
    assert.equal(named.pid, Number(/pid (\d+)/.exec(observer.stdout())?.[1]));
    assert.ok(named.pid < 100);
  }
});

observedTest("an agent in this process closes all that it opened", async (scene) => {
  const server = scene.run(nodeServer);
  const port = await portOfServer(server);
  const own = findOwnPlace();
  for (let round = 1; round <= 2; round++) {
    const targets: string[] = [];
    const sink = {
      request: ({ target }: { target: string }) => void targets.push(target),
      connection() {},
      flush() {},
    };
    const { scope } = processSubject(server.pid, own);
    const agent = startAgent({ scope, own, sink, cpuBudgetShare: 1 });
    await speak(port, requestFor(`/item/${round}`));
    agent.stop();
    assert.deepEqual(targets, [`/item/${round}`]);
  }
});

/** Runs the Node server under Tarsier where a script has changed the mounts of a private namespace; one request. */
async function observeChanged(scene: Scene, change: string): Promise<Running> {
  const command = tarsierCommand(
    "observe",
    "--json",
    "--",
    "sh",
    "-c",
    `${quoted(nodeServer)} & trap 'kill $!' TERM; wait`,
  );
  const observer = scene.run(["unshare", "--mount", "sh", "-c", `${change} && exec "$@"`, "sh", ...command]);
  const port = await portOfServer(observer);
  await speak(port, requestFor("/item/1"));
  observer.child.kill("SIGTERM");
  await observer.ended;
  return observer;
}

for (const [circumstance, change] of [
  ["is not mounted", "umount -R -l /sys/fs/cgroup"],
  ["is hidden by another mount", "mount -t tmpfs none /sys/fs/cgroup"],
  ["is read-only", `mount -o remount,bind,ro "${findCgroupHierarchy()?.root}"`],
]) {
  observedTest(
    `where cgroup2 ${circumstance} a command is watched by its process id, with its children`,
    async (scene) => {
      const observer = await observeChanged(scene, change!);
      assert.match(observer.stderr(), /^tarsier: watching by process id: .*cgroup/m);
      const records = observer
        .stdout()
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line));
      assert.deepEqual(records.filter(({ type }) => type === "request").map(exchangeOf), [["GET", "/item/1", 200]]);
    },
  );
}

observedTest(
  "without the kernel's types, and without rights, one line says why the kernel's engine cannot be",
  async (scene) => {
    const command = tarsierCommand("observe", "--engine", "kernel", "--", "echo", "started");
    const withoutTypes = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /sys/kernel/btf && exec "$@"', "sh"];
    const withoutRights = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
    for (const [circumstance, line] of [
      [withoutTypes, /BTF.*\/sys\/kernel\/btf\/vmlinux|\/sys\/kernel\/btf\/vmlinux.*BTF/],
      [withoutRights, /does not permit.*root.*CAP_BPF.*tarsier doctor/],
    ] as const) {
      const observer = scene.run([...circumstance, ...command]);
      assert.equal(await observer.ended, 1, observer.stderr());
      assert.match(observer.stderr(), /^tarsier: [^\n]*\n$/);
      assert.match(observer.stderr(), line);
      assert.equal(observer.stdout(), "");
      // Nobody asked for it by name: then the other engine takes over, and the same reason is told.
      const other = scene.run([...circumstance, ...tarsierCommand("observe", "--", "echo", "started")]);
      assert.equal(await other.ended, 0, other.stderr());
      assert.match(other.stderr(), /^tarsier: observing echo · user engine \(ptrace\); not by the kernel: /);
      assert.match(other.stdout(), /^started$/m);
    }
  },
);
