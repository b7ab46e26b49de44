/** For tests: a program for every kind of hook, loaded, attached in places of its own, and made to run once. */

import { spawn, spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { createBtfBuilder } from "../btf/index.ts";
import { TarsierError } from "../errors/error.ts";
import type { CollectionSpec, HookKind, HookSpec } from "../spec/index.ts";
import { hookKinds } from "../spec/index.ts";
import type { AttachOptions } from "./attach.ts";
import { loadCollection } from "./collection.ts";
import { createMap } from "./create-map.ts";
import { emptyProgram } from "./empty-program.ts";
import { closeDescriptor, setSocketOption, systemCall } from "./libc.ts";
import { runIterator } from "./link.ts";
import { enableStatistics, programStatistics } from "./statistics.ts";
import { testRun } from "./test-run.ts";

/** What became of a program: it ran, it was attached and waits for what the test cannot cause, or why it was not. */
export type HookOutcome =
  | { readonly state: "ran" | "attached" }
  | { readonly state: "refused"; readonly reason: string; readonly error: unknown };

/** Kinds that have tests of their own. */
export const elsewhere: ReadonlySet<HookKind> = new Set(["structOps", "extension", "usdt"]);
/** Kinds whose programs the processes of the test do not run: look-ups of redirected sockets, groups of sockets. */
export const attachedOnly: ReadonlySet<HookKind> = new Set([
  "socketReuseport",
  "skSkbStreamParser",
  "skSkbStreamVerdict",
  "skSkbVerdict",
  "skMsgVerdict",
  "flowDissector",
  "connectUnix",
]);

/** `SO_REUSEPORT`. */
const reusePort = 15;
const kernelFunction = "do_sys_openat2";
const ownUserFunction = { binary: process.execPath, pid: process.pid };

const targets: Partial<Record<HookKind, string>> = {
  tracepoint: "raw_syscalls/sys_enter",
  kprobe: kernelFunction,
  kretprobe: kernelFunction,
  kprobeMulti: kernelFunction,
  kretprobeMulti: kernelFunction,
  kprobeSession: kernelFunction,
};

/** A process in a network namespace of its own, with the loopback interface up. */
function otherNamespace(): { netns: string; close(): void } {
  const child = spawn("unshare", ["-n", "sh", "-c", "ip link set lo up; exec sleep 120"], { stdio: "ignore" });
  const netns = `/proc/${child.pid}/ns/net`;
  for (let round = 0; round < 500; round++) {
    const { stdout } = spawnSync("nsenter", [`--net=${netns}`, "cat", "/sys/class/net/lo/operstate", "/proc/net/dev"], {
      encoding: "utf8",
    });
    const own = spawnSync("nsenter", [`--net=${netns}`, "ip", "-br", "link", "show", "lo"], {
      encoding: "utf8",
    }).stdout;
    if (
      stdout !== "" &&
      own.includes("UP") &&
      spawnSync("stat", ["-Lc", "%i", netns]).stdout.toString() !==
        spawnSync("stat", ["-Lc", "%i", "/proc/self/ns/net"]).stdout.toString()
    )
      break;
  }
  return { netns, close: () => void child.kill("SIGKILL") };
}

/** The mount of the cgroup2 hierarchy. */
export function cgroupRoot(): string {
  const line = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .find((mount) => mount.split(" ")[2] === "cgroup2");
  return line!.split(" ")[1]!;
}

/** What a process in the cgroup does: each hook of cgroups runs for it. */
const traffic = `
const dgram = require("node:dgram"), net = require("node:net"), fs = require("node:fs");
fs.writeFileSync(process.argv[1] + "/cgroup.procs", String(process.pid));
fs.readFileSync("/proc/sys/net/ipv4/ip_forward");
fs.closeSync(fs.openSync("/dev/zero", "r"));
const talk = (type, host) => new Promise((done) => {
  const one = dgram.createSocket(type), other = dgram.createSocket(type);
  one.on("message", () => { one.close(); other.close(); done(); });
  one.on("error", done); other.on("error", done);
  one.bind(0, host, () => {
    one.setRecvBufferSize(65536); one.getRecvBufferSize();
    other.bind(0, host, () => other.send("x", one.address().port, host, () => {
      const third = dgram.createSocket(type);
      third.connect(one.address().port, host, () => { third.remoteAddress(); third.close(); });
    }));
  });
});
const stream = () => new Promise((done) => {
  const server = net.createServer((socket) => { socket.end(); server.close(done); }).listen(0, "127.0.0.1", () => net.connect(server.address().port, "127.0.0.1").resume());
});
(async () => { await talk("udp4", "127.0.0.1"); await talk("udp6", "::1").catch(() => {}); await stream(); })();
setTimeout(() => process.exit(0), 4000).unref();
`;

/** Attaches everything, causes what can be caused, and tells what ran. */
export async function tryEveryHook(): Promise<ReadonlyMap<HookKind, HookOutcome>> {
  const outcomes = new Map<HookKind, HookOutcome>();
  const cgroup = `${cgroupRoot()}/tarsier-hooks-${process.pid}`;
  mkdirSync(cgroup);
  const namespace = otherNamespace();
  const socket = createSocket("udp4");
  await new Promise<void>((bound) => socket.bind(0, "127.0.0.1", bound));
  const descriptor = (socket as unknown as { _handle: { fd: number } })._handle.fd;
  // One that is in no group yet: a bound socket would have had to say so before.
  const unbound = systemCall(process.arch === "x64" ? 41 : 198, 2, 2);
  setSocketOption(unbound, reusePort, 1);
  const closing: { close(): void }[] = [{ close: () => closeDescriptor(unbound) }, namespace, enableStatistics()];
  const programs = new Map<HookKind, ReturnType<typeof loadCollection>>();
  try {
    const socketMap = createMap(
      {
        name: "sockets",
        type: "socketMap",
        keySizeBytes: 4,
        valueSizeBytes: 4,
        maxEntries: 1,
        flags: 0,
        keyTypeId: 0,
        valueTypeId: 0,
      },
      -1,
    );
    closing.push(socketMap);
    const optionsOf = (kind: HookKind): AttachOptions => {
      const at = { interface: "lo", netns: namespace.netns };
      if (
        /^(cgroup|connect|bind|postBind|sendmsg|recvmsg|get(peer|sock)name|[gs]etSocketOption|socketCreate|socketRelease|socketOps|lsmCgroup)/.test(
          kind,
        )
      )
        return { cgroup };
      switch (kind) {
        case "uprobe":
        case "uretprobe":
          return { ...ownUserFunction, symbol: "uv_os_getppid" };
        case "uprobeMulti":
        case "uretprobeMulti":
        case "uprobeSession":
          return { ...ownUserFunction, symbols: ["uv_os_getppid"] };
        case "perfEvent":
          return { frequencyHz: 1000, pid: process.pid };
        case "xdp":
          return { ...at, mode: "generic" };
        case "tcxIngress":
        case "tcxEgress":
          return at;
        case "trafficControl":
          return { ...at, direction: "egress" };
        case "netfilter":
          return { netns: namespace.netns, family: "ipv4", hook: "output", priority: 10 };
        case "socketLookup":
        case "flowDissector":
          return { netns: namespace.netns };
        case "socketFilter":
          return { socket: descriptor };
        case "socketReuseport":
          return { socket: unbound };
        case "skSkbStreamParser":
        case "skSkbStreamVerdict":
        case "skSkbVerdict":
        case "skMsgVerdict":
          return { map: socketMap };
        default:
          return {};
      }
    };
    for (const kind of Object.keys(hookKinds) as HookKind[]) {
      if (elsewhere.has(kind)) continue;
      try {
        const collection = loadCollection(collectionOf(kind));
        programs.set(kind, collection);
        closing.push(collection);
        if (kind === "syscall") testRun(collection.program("syscall"));
        else {
          const link = collection.attach(kind, optionsOf(kind));
          if (kind === "iterator") runIterator(link);
          // Verdict and parser of streams exclude one another: each has the map for a moment.
          if (kind.startsWith("sk")) link.close();
          if (kind === "fexit" || kind === "fentry") testRun(collection.program(kind));
        }
        outcomes.set(kind, { state: "attached" });
      } catch (error) {
        if (!(error instanceof TarsierError)) throw error;
        outcomes.set(kind, { state: "refused", reason: error.message, error });
      }
    }
    await causeEverything(cgroup, namespace.netns, socket);
    for (const [kind, collection] of programs) {
      if (outcomes.get(kind)?.state !== "attached") continue;
      const { runCount } = programStatistics(collection.program(kind));
      if (runCount > 0n || kind === "syscall") outcomes.set(kind, { state: "ran" });
    }
    return outcomes;
  } finally {
    for (const thing of closing.reverse()) thing.close();
    socket.close();
    for (let round = 0; round < 50; round++) {
      try {
        rmdirSync(cgroup);
        break;
      } catch {
        await new Promise((later) => setTimeout(later, 20));
      }
    }
  }
}

async function causeEverything(cgroup: string, netns: string, socket: Socket): Promise<void> {
  const { port } = socket.address();
  const arrived = new Promise<void>((resolve) => socket.once("message", () => resolve()));
  const sender = createSocket("udp4");
  sender.send("x", port, "127.0.0.1", () => sender.close());
  await Promise.race([arrived, new Promise((later) => setTimeout(later, 500))]);
  void process.ppid;
  readFileSync("/proc/self/status");
  // Packets on the other namespace's loopback interface, and a listener that is looked up.
  const say = "(exec 3>/dev/udp/127.0.0.1/9; echo x >&3); (exec 3<>/dev/tcp/127.0.0.1/9) 2>/dev/null; true";
  spawnSync("nsenter", [`--net=${netns}`, "bash", "-c", say], { timeout: 10_000 });
  spawnSync(process.execPath, ["-e", traffic, cgroup], { timeout: 60_000, stdio: ["ignore", "ignore", "inherit"] });
  const until = performance.now() + 100;
  while (performance.now() < until);
}

function collectionOf(kind: HookKind): CollectionSpec {
  const program = emptyProgram(kind);
  const target = targets[kind] ?? program.hook.target;
  const hook: HookSpec = { ...program.hook, target };
  return {
    name: kind,
    license: "GPL",
    maps: [],
    config: [],
    programs: [{ ...program, name: kind, hook }],
    btf: createBtfBuilder().encode(),
  };
}
