/** Programs on what a test describes: packets, sockets, kernel structures, arguments, user memory, time. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../compiler/index.ts";
import { InputError, ProgramError } from "../errors/error.ts";
import * as language from "../program/index.ts";
import { parseIp6 } from "./addresses.ts";
import { kernelObject } from "./kernel-memory.ts";
import { simulateLive } from "./simulate.ts";
import type { SimulationOptions } from "./simulation-types.ts";

const names = Object.keys(language).filter((name) => !["bytes", "struct"].includes(name));
const types = "type KernelArray, type KernelStruct, type Pointer, type ValueOf";

function simulated(text: string, options?: SimulationOptions) {
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  const header = `import { ${[...used, "bytes", "struct", types].join(", ")} } from "tarsier/program";\n`;
  return simulateLive(compile({ entry: "test.ts", readFile: () => header + text }), options);
}

const frame = (length: number) => Uint8Array.from({ length }, (_, index) => index & 0xff);

test("a packet goes in, and verdict, packet and maps come out", () => {
  const { programs, maps } = simulated(`
    export const sizes = hash({ key: u32, value: u64, maxEntries: 4 });
    const First = struct({ byte: u8 });
    export const filter = xdp((packet) => {
      sizes.set(packet.length, u64(packet.interfaceIndex));
      const first = packet.view(First, 0);
      if (first === null) return xdp.drop;
      first.byte = 0xaa;
      return packet.length > 60 ? xdp.drop : xdp.pass;
    });`);
  const short = programs.filter!.run({ data: frame(60), interfaceIndex: 7 });
  assert.equal(short.verdict, language.xdp.pass);
  assert.equal(short.data[0], 0xaa);
  assert.equal(programs.filter!.run({ data: frame(61) }).verdict, language.xdp.drop);
  assert.deepEqual([...maps.sizes].sort(), [
    [60, 7n],
    [61, 1n],
  ]);
});

test("an address is described as text, and what the program changed is told", () => {
  const { programs } = simulated(`
    export const connect = socketAddress.connect4((address) => {
      if (address.port !== 443) return socketAddress.deny;
      address.ip4 = 0x7f000001;
      address.port = 8443;
      return socketAddress.allow;
    });
    export const connect6 = socketAddress.connect6((address) => {
      if (address.ip6[3] !== 1) return socketAddress.deny;
      address.ip6[0] = 0xfe800000;
      return socketAddress.allow;
    });`);
  const run = programs.connect!.run({ ip4: "10.0.0.1", port: 443 });
  assert.equal(run.verdict, language.socketAddress.allow);
  assert.deepEqual(run.changed, { ip4: 0x7f000001, port: 8443 });
  assert.deepEqual(programs.connect!.run({ ip4: "10.0.0.1", port: 80 }).changed, {});
  assert.deepEqual(programs.connect6!.run({ ip6: "2001:db8::1" }).changed, {
    ip6: [0xfe800000, 0, 0, 1],
  });
  assert.throws(() => programs.connect!.run({ ip4: "10.0.0", port: 1 }), InputError);
  assert.throws(() => programs.connect!.run({ adress: 1 }), /no member adress; it has addressFamily/);
});

test("addresses are read as RFC 4291 writes them", () => {
  assert.deepEqual(parseIp6("::ffff:10.0.0.1"), [0, 0, 0xffff, 0x0a000001]);
  assert.deepEqual(parseIp6("1:2:3:4:5:6:7:8"), [0x10002, 0x30004, 0x50006, 0x70008]);
  for (const wrong of ["1:2", "::1::2", "1:2:3:4:5:6:7:8:9", "g::"]) assert.throws(() => parseIp6(wrong), InputError);
});

test("a TCP connection is described to sock_ops, with its socket", () => {
  const { programs, maps } = simulated(`
    export const times = hash({ key: u32, value: u32, maxEntries: 4 });
    export const measure = socketOps((connection) => {
      const socket = connection.socket;
      if (socket === null || connection.operation !== socketOps.roundTripTime) return;
      times.set(connection.remoteIp4, connection.roundTripTime8Us / 8 + socket.localPort);
    });`);
  programs.measure!.run({ operation: 12, remoteIp4: "10.0.0.9", roundTripTime8Us: 800, socket: { localPort: 3 } });
  programs.measure!.run({ operation: 12, remoteIp4: "10.0.0.8", socket: null });
  assert.deepEqual([...maps.times], [[0x0a000009, 103]]);
});

test("a structure of the kernel is described by the members that the program declares", () => {
  const Event = "const Event = struct({ pid: u32, parent: u32, value: u32, name: bytes(16) });";
  const { programs, maps } = simulated(`
    interface ids extends KernelStruct { value: u32 }
    interface task_struct extends KernelStruct {
      pid: i32; comm: KernelArray<u8, 16>; real_parent: Pointer<task_struct>; thread_pid: Pointer<ids>;
    }
    ${Event}
    export const events = ringBuffer({ sizeBytes: 4096 });
    export const exec = tpBtf("sched_process_exec", (task: task_struct) => {
      const event = events.reserve(Event);
      if (event === null) return;
      event.pid = u32(task.pid);
      event.parent = u32(task.real_parent.pid);
      event.value = task.thread_pid.value;
      events.submit(event);
    });`);
  const parent = kernelObject("task_struct", { pid: 1 });
  const task = kernelObject("task_struct", { pid: 77, comm: "node", real_parent: parent, thread_pid: { value: 5 } });
  programs.exec!.run([task]);
  const records: unknown[] = [];
  maps.events.drain((record: unknown) => records.push(record));
  assert.deepEqual(
    records.map((record) => ({ ...(record as object), name: undefined })),
    [{ pid: 77, parent: 1, value: 5, name: undefined }],
  );
  assert.throws(() => programs.exec!.run([kernelObject("task_struct", { uid: 1 })]), /no member uid of task_struct/);
  assert.throws(() => programs.exec!.run([kernelObject("sock", { sk_err: 1 })]), /no kernel structure sock/);
});

test("a function of a process is called with text of its memory, and the task that is described", () => {
  const { programs, maps, user, setTask, clock } = simulated(`
    const Line = struct({ pid: u32, length: u32, timeNs: u64, text: bytes(16) });
    export const lines = ringBuffer({ sizeBytes: 4096 });
    export const write = uprobe("libc.so.6:puts", (text: u64) => {
      const line = lines.reserve(Line);
      if (line === null) return;
      line.pid = u32(currentProcess() >> 32n);
      line.length = readUserText(line.text, text) ? 1 : 0;
      line.timeNs = now();
      lines.submit(line);
    });`);
  setTask({ pid: 42, name: "server" });
  clock.advance(5);
  programs.write!.run(["hello"]);
  programs.write!.run([user.place("there")]);
  const texts: string[] = [];
  maps.lines.drain((line: { pid: number; timeNs: bigint; text: Uint8Array }) => {
    texts.push(`${line.pid} ${line.timeNs} ${new TextDecoder().decode(line.text).replaceAll("\0", "")}`);
  });
  assert.deepEqual(texts, ["42 1000000005 hello", "42 1000000005 there"]);
});

test("timers run when the clock is moved, each at its time", () => {
  const { programs, maps, clock } = simulated(`
    const Flow = struct({ expiry: timer, expiredNs: u64, turns: u64 });
    type Flow = ValueOf<typeof Flow>;
    export const flows = hash({ key: u32, value: Flow, maxEntries: 4 });
    function onExpire(_key: u32, flow: Flow): void { flow.expiredNs = now(); flow.turns += 1n; }
    export const seen = xdp((packet) => {
      const flow = flows.getOrInsert(packet.length, Flow.zero());
      if (flow !== null) startTimer(flow.expiry, flows, onExpire, u64(packet.length) * 1000n);
      return xdp.pass;
    });`);
  programs.seen!.run({ data: frame(100) });
  programs.seen!.run({ data: frame(64) });
  assert.equal(clock.advance(63_999), 0);
  assert.equal(clock.advance(100_000), 2);
  assert.deepEqual([maps.flows.get(64).expiredNs, maps.flows.get(100).expiredNs], [1_000_064_000n, 1_000_100_000n]);
  assert.equal(clock.advance(1_000_000), 0);
});

test("what programs say is read as lines, and the same seed gives the same numbers", () => {
  const text = `export const say = xdp((packet) => { console.log("length", packet.length, randomU32()); return xdp.pass; });`;
  const said = (seed: number) => {
    const { programs, takeLogs } = simulated(text, { seed });
    programs.say!.run({ data: frame(60) });
    programs.say!.run({ data: frame(61) });
    const lines = takeLogs().map((line) => line.text);
    assert.deepEqual(takeLogs(), []);
    return lines;
  };
  assert.match(said(1)[0]!, /^length 60 \d+$/);
  assert.deepEqual(said(1), said(1));
  assert.notDeepEqual(said(1), said(2));
});

test("globals, configuration and bytes of other contexts", () => {
  const { programs, globals } = simulated(
    `
    const First = struct({ byte: u8 });
    export const most = config(u8, 10);
    export const seen = global(u64, 0n);
    export const set = socketOption.set((option) => {
      seen.value += 1n;
      const first = option.view(First, 0);
      return first !== null && first.byte > most ? socketOption.deny : socketOption.allow;
    });`,
    { config: { most: 3 } },
  );
  assert.equal(programs.set!.run({ level: 1, name: 2, data: Uint8Array.of(4, 0, 0, 0) }).verdict, 0);
  assert.equal(programs.set!.run({ level: 1, name: 2, data: Uint8Array.of(3, 0, 0, 0) }).verdict, 1);
  assert.equal(globals.seen!.value, 2n);
  assert.throws(() => programs.other, /has no program other; it has set/);
});

test("a program that the kernel would refuse is refused", () => {
  const text = `
    export const values = arrayMap({ value: u64, maxEntries: 1 });
    export const count = cgroupSkb.egress((packet) => { values.set(0, u64(packet.length)); return 7; });`;
  assert.throws(() => simulated(text), ProgramError);
  assert.equal(simulated(text, { verify: false }).programs.count!.run({ data: frame(60) }).verdict, 7);
});
