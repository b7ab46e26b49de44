import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kernelObject } from "../src/index.ts";
import { Connection } from "./connections.ts";
import { eachRuntime } from "./each-runtime.testing.ts";
import { Open } from "./file-opens.ts";
import { talk, withServer } from "./places.testing.ts";
import { Kind, ProcessEvent } from "./process-events.ts";
import { ip4, ipText, sum, text } from "./show.ts";
import { Direction, Plaintext } from "./tls-peek.ts";
import { frameFrom, talkOverTls } from "./traffic.testing.ts";

type Scope = typeof import("./scope.ts");

const frames = [frameFrom("10.0.0.1", 60), frameFrom("10.0.0.2", 100), new Uint8Array(64), frameFrom("10.0.0.1", 40)];

eachRuntime<typeof import("./drop-list.ts"), object>("drop-list", "listed frames are counted", {
  before: ({ dropped }) => dropped.set(ip4("10.0.0.1"), 0n),
  inKernel: ({ programs }) => frames.forEach((data) => void programs.filter.run({ data })),
  inSandbox: ({ programs }) => frames.forEach((data) => void programs.filter.run({ data })),
  left: ({ dropped }) => [...dropped],
  wanted: [[ip4("10.0.0.1"), 2n]],
});

eachRuntime<typeof import("./container-traffic.ts"), object>("container-traffic", "packets and bytes, both ways", {
  inKernel: async ({ programs }, { path, run }) => {
    programs.sent.attach({ cgroup: path });
    programs.received.attach({ cgroup: path });
    await run("bash", "-c", "echo hello >/dev/udp/127.0.0.1/9");
  },
  // From the Ethernet header on: 20 bytes of IP, 8 of UDP, 6 of text.
  inSandbox: ({ programs }) => void programs.sent.run({ data: frameFrom("127.0.0.1", 14 + 20 + 8 + 6) }),
  left: ({ traffic }) => [...traffic.values()],
  wanted: [{ sentPackets: 1n, sentBytes: 34n, receivedPackets: 0n, receivedBytes: 0n }],
});

const rule = (blocks: number, hits: bigint) => ({ blocks, unused: 0, hits });

eachRuntime<typeof import("./blocklist.ts"), object>("blocklist", "the longest prefix decides", {
  before: ({ rules }) => {
    rules.set({ bits: 16, address: ip4("127.0.0.0") }, rule(1, 0n));
    rules.set({ bits: 24, address: ip4("127.0.1.0") }, rule(0, 0n));
  },
  inKernel: ({ programs }, { path, run }) =>
    withServer("127.0.1.1", async (port) => {
      programs.connect.attach({ cgroup: path });
      await run("bash", "-c", `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>&1`);
      await run(...talk("127.0.1.1", port));
    }),
  inSandbox: ({ programs }) => {
    programs.connect.run({ ip4: "127.0.0.1", port: 80 });
    programs.connect.run({ ip4: "127.0.1.1", port: 80 });
  },
  left: ({ rules }) => [...rules].map(([{ bits }, { blocks, hits }]) => ({ bits, blocks, hits })),
  wanted: [
    { bits: 24, blocks: 0, hits: 1n },
    { bits: 16, blocks: 1, hits: 1n },
  ],
});

let heard = "";
const wanted = { ip4: ip4("192.0.2.1"), port: 80, unused: 0 };

eachRuntime<typeof import("./connect-redirect.ts"), string>("connect-redirect", "the program does not notice", {
  inKernel: ({ programs, maps }, { path, run }) =>
    withServer("127.0.0.1", async (port) => {
      programs.connect.attach({ cgroup: path });
      programs.peerName.attach({ cgroup: path });
      maps.redirections.set(wanted, { ip4: ip4("127.0.0.1"), port, unused: 0 });
      const script = `const socket = require("node:net").connect(80, "192.0.2.1", () => {
        console.log(socket.remoteAddress, socket.remotePort);
        socket.end();
      });`;
      heard = (await run(process.execPath, "-e", script)).stdout.trim();
    }),
  inSandbox({ programs, maps }) {
    maps.redirections.set(wanted, { ip4: ip4("127.0.0.1"), port: 8080, unused: 0 });
    const connected = programs.connect.run({ ip4: "192.0.2.1", port: 80 }).changed;
    const named = programs.peerName.run({ ip4: connected.ip4 as number, port: connected.port as number }).changed;
    heard = `${named.ip4 === ip4("192.0.2.1") ? "192.0.2.1" : "another"} ${named.port}`;
  },
  left: () => heard,
  wanted: "192.0.2.1 80",
});

eachRuntime<typeof import("./round-trip-times.ts"), object>("round-trip-times", "each measurement is counted once", {
  inKernel: ({ programs }, { path, run }) =>
    withServer("127.0.0.1", async (port) => {
      programs.measure.attach({ cgroup: path });
      await run(...talk("127.0.0.1", port));
      await run(...talk("127.0.0.1", port));
    }),
  inSandbox({ programs }) {
    for (let turn = 0; turn < 2; turn++) {
      const connection = { family: 2, remoteIp4: "127.0.0.1", isFullSocket: 1 } as const;
      const opened = programs.measure.run({ ...connection, operation: 4 });
      if (opened.changed.callbackFlags !== 8) throw new Error("no round trips were asked for");
      programs.measure.run({ ...connection, operation: 12, roundTripTime8Us: 800 });
    }
  },
  left({ peers, histogram }) {
    const { connections, samples } = peers.get(ip4("127.0.0.1"))!;
    return { connections, measured: samples >= 2n, isSame: sum([...histogram.values()]) === samples };
  },
  wanted: { connections: 2n, measured: true, isSame: true },
});

eachRuntime<typeof import("./connections.ts") & Scope, object>("connections", "to whom, and how it ended", {
  scoped: true,
  inKernel: ({ programs }, { run }) =>
    withServer("127.0.0.1", async (port) => {
      programs.stateChange.attach();
      await run(...talk("127.0.0.1", port));
      await run("bash", "-c", "exec 2>/dev/null 3<>/dev/tcp/127.0.0.1/1");
    }),
  inSandbox({ programs, setTask }) {
    setTask({ pid: 7, name: "bash" });
    const connect = (port: number, error: number, sentBytes: bigint, receivedBytes: bigint) => {
      const address = new Uint8Array([...new Uint8Array(10), 0xff, 0xff, 127, 0, 0, 1]);
      const common = { skc_dport: (port >> 8) | ((port & 0xff) << 8), skc_v6_daddr: { in6_u: address } };
      const socket = kernelObject(
        "sock",
        { __sk_common: common, sk_err: error },
        { tcp_sock: { bytes_sent: sentBytes, bytes_received: receivedBytes } },
      );
      programs.stateChange.run([socket, 7, 2]);
      programs.stateChange.run([socket, 2, 7]);
    };
    // The kernel counts the end of the stream as a byte that came.
    connect(80, 0, 3n, 7n);
    connect(1, 111, 0n, 0n);
  },
  left({ connections }) {
    const told: unknown[] = [];
    connections.drain(Connection, ({ command, error, sentBytes, receivedBytes, address, port }) => {
      told.push({
        command: text(command),
        address: ipText(address),
        error,
        sentBytes,
        receivedBytes,
        isOne: port === 1,
      });
    });
    return told;
  },
  wanted: [
    { command: "bash", address: "127.0.0.1", error: 0, sentBytes: 3n, receivedBytes: 7n, isOne: false },
    { command: "bash", address: "127.0.0.1", error: 111, sentBytes: 0n, receivedBytes: 0n, isOne: true },
  ],
});

eachRuntime<typeof import("./process-events.ts") & Scope, readonly string[]>("process-events", "starts and ends", {
  scoped: true,
  async inKernel({ programs }, { run }) {
    programs.exec.attach();
    programs.exit.attach();
    await run("sh", "-c", "(exit 3); kill -9 $$");
  },
  inSandbox({ programs, setTask }) {
    const shell = kernelObject("task_struct", { pid: 7, tgid: 7, signal: { live: { counter: 0 } }, exit_code: 9 });
    const child = kernelObject("task_struct", {
      ...{ pid: 8, tgid: 8, real_parent: shell, signal: { live: { counter: 0 } }, exit_code: 3 << 8 },
    });
    setTask({ pid: 7, name: "sh" });
    programs.exec.run([shell, 7, kernelObject("linux_binprm", { filename: "/bin/sh" })]);
    setTask({ pid: 8, name: "sh" });
    programs.exit.run([child]);
    setTask({ pid: 7, name: "sh" });
    programs.exit.run([shell]);
  },
  left({ events }) {
    const told: string[] = [];
    events.drain(ProcessEvent, ({ kind, file, command, status, signal }) => {
      if (kind === Kind.exec) told.push(`executes ${text(file).replace("/usr", "")}`);
      else told.push(`${text(command)} ends with ${status}, by signal ${signal}`);
    });
    return told;
  },
  wanted: ["executes /bin/sh", "sh ends with 3, by signal 0", "sh ends with 0, by signal 9"],
});

eachRuntime<typeof import("./file-opens.ts") & Scope, readonly string[]>("file-opens", "names, and what came of it", {
  scoped: true,
  async inKernel({ programs }, { run }) {
    const directory = mkdtempSync(join(tmpdir(), "tarsier-opens-"));
    try {
      writeFileSync(join(directory, "there.txt"), "");
      programs.begin.attach();
      programs.end.attach();
      await run("sh", "-c", `exec cat ${directory}/there.txt ${directory}/missing.txt 2>/dev/null`);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
  inSandbox({ programs, setTask, user }) {
    setTask({ pid: 7, name: "cat" });
    for (const [path, result] of [["/tmp/there.txt", 3] as const, ["/tmp/missing.txt", -2] as const]) {
      programs.begin.run({ args: [0n, user.place(path), 0n] });
      programs.end.run({ ret: result });
    }
  },
  left({ opens }) {
    const told: string[] = [];
    opens.drain(Open, ({ command, path, result }) => {
      const name = /(there|missing)\.txt$/.exec(text(path))?.[1];
      if (name !== undefined) told.push(`${text(command)} ${name} ${result < 0 ? result : "opened"}`);
    });
    return told;
  },
  wanted: ["cat there opened", "cat missing -2"],
});

eachRuntime<typeof import("./syscall-latency.ts") & Scope, object>("syscall-latency", "each call is in one slot", {
  scoped: true,
  async inKernel({ programs }, { run }) {
    programs.enter.attach();
    programs.exit.attach();
    await run("dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1000", "status=none");
  },
  inSandbox({ programs, setTask, clock }) {
    const read = process.arch === "x64" ? 0n : 63n;
    const registers = kernelObject("pt_regs", {});
    setTask({ pid: 7 });
    for (let turn = 0; turn < 1000; turn++) {
      programs.enter.run([registers, read]);
      clock.advance(700 + turn);
      programs.exit.run([registers, 1n]);
    }
  },
  left({ latencies }) {
    const perProcessor = latencies.get(process.arch === "x64" ? 0 : 63)!;
    const calls = sum(perProcessor.map((entry) => entry.calls));
    return {
      isMany: calls >= 1000n && calls < 1100n,
      isSame: sum(perProcessor.flatMap((entry) => entry.slots)) === calls,
      isLong: sum(perProcessor.map((entry) => entry.totalNs)) > calls * 10n,
    };
  },
  wanted: { isMany: true, isSame: true, isLong: true },
});

eachRuntime<typeof import("./run-queue-latency.ts") & Scope, object>("run-queue-latency", "each wait is in one slot", {
  scoped: true,
  async inKernel({ programs }, { run }) {
    for (const name of ["wakeup", "wakeupNew", "switched"] as const) programs[name].attach();
    await run("sh", "-c", "for turn in 1 2 3 4 5; do sleep 0.01; done");
  },
  inSandbox({ programs, clock }) {
    const group = { level: 0, ancestors: [{ kn: { id: 42n } }] };
    const ours = kernelObject("task_struct", { pid: 7, cgroups: { dfl_cgrp: group } });
    const other = kernelObject("task_struct", { cgroups: { dfl_cgrp: { level: 0, ancestors: [{ kn: { id: 1n } }] } } });
    for (let turn = 1; turn <= 10; turn++) {
      programs.wakeup.run([ours]);
      programs.wakeup.run([other]);
      clock.advance(turn * 1000);
      programs.switched.run([0, other, ours, 1]);
      programs.switched.run([0, ours, other, 1]);
    }
  },
  left({ waits }) {
    const perProcessor = waits.get(0)!;
    const count = sum(perProcessor.map((own) => own.count));
    return {
      isMany: count >= 10n && count < 1000n,
      isSame: sum(perProcessor.flatMap(({ slots }) => slots)) === count,
      isOrdered: perProcessor.every(({ totalNs, longestNs }) => longestNs <= totalNs),
    };
  },
  wanted: { isMany: true, isSame: true, isOrdered: true },
});

eachRuntime<typeof import("./cpu-samples.ts") & Scope, object>("cpu-samples", "who runs, and in which functions", {
  scoped: true,
  async inKernel({ programs }, { run }) {
    programs.sample.attach({ frequencyHz: 999 });
    await run("bash", "-c", "for ((turn = 0; turn < 60000; turn++)); do :; done");
  },
  inSandbox({ programs, setTask }) {
    setTask({ pid: 7, name: "bash" });
    for (let turn = 0; turn < 3; turn++) programs.sample.run({});
  },
  left({ samples, stacks }) {
    const own = [...samples].filter(([{ command, userStack }]) => text(command) === "bash" && userStack >= 0n);
    const frames = own.map(([{ userStack }]) => stacks.get(Number(userStack))?.length ?? 0);
    return { isThere: own.length > 0, haveFrames: frames.every((count) => count > 0) };
  },
  wanted: { isThere: true, haveFrames: true },
});

eachRuntime<typeof import("./tls-peek.ts") & Scope, readonly string[]>("tls-peek", "both directions, in plain text", {
  own: { processId: process.pid },
  inKernel: async ({ programs }) => {
    const at = { binary: process.execPath, pid: process.pid };
    programs.writeBegins.attach({ ...at, symbol: "SSL_write" });
    programs.writeEnds.attach({ ...at, symbol: "SSL_write" });
    programs.readBegins.attach({ ...at, symbol: "SSL_read" });
    programs.readEnds.attach({ ...at, symbol: "SSL_read" });
    await talkOverTls();
  },
  inSandbox({ programs, setTask, user }) {
    setTask({ pid: process.pid });
    const write = (content: string) => {
      programs.writeBegins.run([1, user.place(content)]);
      programs.writeEnds.run([content.length]);
    };
    const read = (content: string) => {
      programs.readBegins.run([2, user.place(content)]);
      programs.readEnds.run([content.length]);
      // Nothing more is there yet.
      programs.readBegins.run([2, 0n]);
      programs.readEnds.run([-1]);
    };
    write("the question");
    read("the question");
    write("the answer");
    read("the answer");
  },
  left({ plaintexts }) {
    const told: string[] = [];
    plaintexts.drain(Plaintext, ({ process: pid, direction, length, text: content }) => {
      const way = direction === Direction.sent ? "sent" : "received";
      told.push(
        `${way} ${Buffer.from(content.subarray(0, length)).toString()}${pid === process.pid ? "" : " by another"}`,
      );
    });
    return told;
  },
  wanted: ["sent the question", "received the question", "sent the answer", "received the answer"],
});
