/** Helpers that speak of the world outside: what they say is what a test describes, as `include/uapi/linux/bpf.h` puts it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { add, mov } from "../../isa/alu.ts";
import { callHelper, exit } from "../../isa/call.ts";
import { type HelperName, type Register, r0, r1, r2, r3, r4, r5, r6, r10 } from "../../isa/index.ts";
import { load, load64, storeImmediate } from "../../isa/memory.ts";
import { type HookKind, type MapSpec, mapFlags } from "../../spec/index.ts";
import { mapSpec, quietSurroundings } from "../machine.testing.ts";
import type { Surroundings } from "../machine.ts";
import { sandboxMapTypes } from "../maps/create.ts";
import { loadSandbox, type Sandbox } from "../sandbox.ts";
import { type Step, specOf } from "./both-runtimes.testing.ts";
import { type Effect, takeEffects } from "./effects.ts";
import { kernelFunctions } from "./kernel-functions.ts";
import { helpers } from "./table.ts";

const left = mapSpec({ name: "left", type: "array", valueSizeBytes: 64, maxEntries: 1 });

interface Ran {
  readonly result: bigint;
  readonly left: DataView;
  readonly effects: readonly Effect[];
  readonly sandbox: Sandbox;
}

/** Runs the steps, then leaves: r0 is the result. r6 is the context. */
function ran(
  steps: readonly Step[],
  more: Partial<Surroundings> = {},
  maps: readonly MapSpec[] = [],
  kind: HookKind = "syscall",
): Ran {
  const spec = specOf(kind, [mov.reg(r6, r1), ...steps, exit()], [left, ...maps]);
  const sandbox = loadSandbox(spec, { surroundings: quietSurroundings(more), processors: 2 });
  const result = sandbox.program("tried").call(new Uint8Array(192));
  return { result, left: sandbox.map("left").mapped(), effects: takeEffects(sandbox.machine), sandbox };
}

const call = (helper: HelperName, ...before: Step[]): Step[] => [...before, callHelper(helper)];
const place = (register: Register, valueOffset = 0): Step => ({ register, map: "left", valueOffset });
const bytesOf = ({ left: { buffer, byteOffset } }: Ran, length: number) => [
  ...new Uint8Array(buffer, byteOffset, length),
];

test("the running task is the one that is described", () => {
  const task = {
    pid: 5,
    tid: 6,
    uid: 7,
    gid: 8,
    name: "a-name-of-many-letters",
    cgroupId: 30n,
    cgroups: [1n, 20n, 30n],
    address: 0xffff_8000_0000_1000n,
  };
  assert.equal(ran(call("bpf_get_current_pid_tgid"), { task }).result, (5n << 32n) | 6n);
  assert.equal(ran(call("bpf_get_current_uid_gid"), { task }).result, (8n << 32n) | 7n);
  assert.equal(ran(call("bpf_get_current_cgroup_id"), { task }).result, 30n);
  const ancestors = [0, 1, 2, 3].map(
    (level) => ran(call("bpf_get_current_ancestor_cgroup_id", mov.imm(r1, level)), { task }).result,
  );
  assert.deepEqual(ancestors, [1n, 20n, 30n, 0n]);
  assert.equal(ran(call("bpf_get_current_task_btf"), { task }).result, task.address);
  const name = ran(call("bpf_get_current_comm", place(r1), mov.imm(r2, 16)), { task });
  assert.equal(String.fromCharCode(...bytesOf(name, 16)), "a-name-of-many-\0");
  const ids = ran(call("bpf_get_ns_current_pid_tgid", mov.imm(r1, 0), mov.imm(r2, 0), place(r3), mov.imm(r4, 8)), {
    task,
  });
  assert.deepEqual([ids.left.getUint32(0, true), ids.left.getUint32(4, true)], [6, 5]);
});

test("a clock, random numbers and the processor come from outside", () => {
  const more = { now: () => 0x1_0000_0005n, random: () => -1, processor: 1 };
  for (const clock of [
    "bpf_ktime_get_ns",
    "bpf_ktime_get_boot_ns",
    "bpf_ktime_get_coarse_ns",
    "bpf_ktime_get_tai_ns",
  ] as const) {
    assert.equal(ran(call(clock), more).result, 0x1_0000_0005n);
  }
  assert.equal(ran(call("bpf_get_prandom_u32"), more).result, 0xffff_ffffn);
  assert.equal(ran(call("bpf_get_smp_processor_id"), more).result, 1n);
});

test("memory of the observed program is read whole, or not at all", () => {
  const memory = new TextEncoder().encode("GET /index\0rest");
  const readUser = (address: bigint, into: Uint8Array): boolean => {
    const from = Number(address) - 0x1000;
    if (from < 0 || from + into.length > memory.length) return false;
    into.set(memory.subarray(from, from + into.length));
    return true;
  };
  const read = (helper: HelperName, size: number, address: number) =>
    ran(call(helper, place(r1), mov.imm(r2, size), mov.imm(r3, address)), { readUser });
  const whole = read("bpf_probe_read_user", 3, 0x1000);
  assert.deepEqual([whole.result, ...bytesOf(whole, 4)], [0n, 71, 69, 84, 0]);
  assert.equal(BigInt.asIntN(64, read("bpf_copy_from_user", 30, 0x1000).result), -14n);
  assert.equal(read("bpf_probe_read_user_str", 32, 0x1000).result, 11n);
  assert.equal(read("bpf_probe_read_user_str", 5, 0x1000).result, 5n);
  // The text is not at its end where the memory is.
  assert.equal(BigInt.asIntN(64, read("bpf_probe_read_user_str", 32, 0x100b).result), -14n);
});

test("values hang on objects until they are taken off", () => {
  const storage = mapSpec({ name: "storage", type: "socketStorage", flags: mapFlags.noPreallocation, maxEntries: 0 });
  const owner: Step = load64(r2, 0x1234_5678n);
  const get = (flags: number): Step[] => [
    { register: r1, map: "storage" },
    owner,
    mov.imm(r3, 0),
    mov.imm(r4, flags),
    callHelper("bpf_sk_storage_get"),
  ];
  assert.equal(ran(get(0), {}, [storage]).result, 0n);
  assert.equal(ran(get(2), {}, [storage]).result, 0n);
  const made = ran([...get(1), storeImmediate(8, r0, 0, 9), ...get(0), load(8, r0, r0, 0)], {}, [storage]);
  assert.equal(made.result, 9n);
  const key = new Uint8Array(Uint32Array.of(0x1234_5678).buffer);
  assert.equal(made.sandbox.map("storage").get(key)?.[0], 9);
  const remove: Step[] = [{ register: r1, map: "storage" }, owner, callHelper("bpf_sk_storage_delete")];
  assert.equal(ran([...get(1), ...remove], {}, [storage]).result, 0n);
  assert.equal(BigInt.asIntN(64, ran(remove, {}, [storage]).result), -2n);
  // Until the run is over the value is still there for who found it, as in the kernel.
  const after = [...get(1), mov.reg(r6, r0), storeImmediate(8, r0, 0, 9), ...remove, load(8, r0, r6, 0)];
  assert.equal(ran(after, {}, [storage]).result, 9n);
});

test("many objects have long values, in either engine", () => {
  const storage = mapSpec({ name: "storage", type: "taskStorage", valueSizeBytes: 60_000, flags: 1, maxEntries: 0 });
  const create = (owner: number): Step[] => [
    { register: r1, map: "storage" },
    load64(r2, BigInt(owner)),
    mov.imm(r3, 0),
    mov.imm(r4, 1),
    callHelper("bpf_task_storage_get"),
    storeImmediate(8, r0, 8, owner * 3),
  ];
  const owners = Array.from({ length: 20 }, (_, index) => index + 1);
  const spec = specOf("syscall", [...owners.flatMap(create), load(8, r0, r0, 8), exit()], [storage]);
  for (const engine of ["interpreter", "wasm"] as const) {
    assert.equal(loadSandbox(spec, { engine }).program("tried").call(), 60n);
  }
});

test("stacks are kept under an id, once", () => {
  const stacks = mapSpec({ name: "stacks", type: "stackTrace", valueSizeBytes: 32, maxEntries: 64 });
  const stack = (kind: "kernel" | "user") => (kind === "user" ? [0x10n, 0x20n, 0x30n, 0x40n, 0x50n] : []);
  const get = (flags: number): Step[] => [
    mov.reg(r1, r6),
    { register: r2, map: "stacks" },
    mov.imm(r3, flags),
    callHelper("bpf_get_stackid"),
  ];
  const { result, sandbox } = ran(get(256), { stack }, [stacks]);
  const value = sandbox.map("stacks").get(new Uint8Array(Uint32Array.of(Number(result)).buffer))!;
  assert.deepEqual([...new BigUint64Array(value.buffer)], [0x10n, 0x20n, 0x30n, 0x40n]);
  assert.equal(BigInt.asIntN(64, ran(get(0), { stack }, [stacks]).result), -14n);
  assert.equal(BigInt.asIntN(64, ran(get(1 << 12), { stack }, [stacks]).result), -22n);
});

test("records for perf events are kept with their processor", () => {
  const events = mapSpec({ name: "events", type: "perfEventArray", valueSizeBytes: 4, maxEntries: 0 });
  const output = (flags: bigint): Step[] => [
    place(r4),
    storeImmediate(8, r4, 0, 77),
    mov.reg(r1, r6),
    { register: r2, map: "events" },
    load64(r3, flags),
    mov.imm(r5, 8),
    callHelper("bpf_perf_event_output"),
  ];
  const { result, sandbox } = ran(output(0xffff_ffffn), { processor: 1 }, [events]);
  assert.equal(result, 0n);
  assert.deepEqual(sandbox.map("events").records, [{ processor: 1, bytes: Uint8Array.of(77, 0, 0, 0, 0, 0, 0, 0) }]);
  const errors = [2n, 0n, 1n << 60n].map((flags) =>
    BigInt.asIntN(64, ran(output(flags), { processor: 1 }, [events]).result),
  );
  assert.deepEqual(errors, [-7n, -95n, -22n]);
});

test("sockets have cookies, options are noted, and lines are printed", () => {
  const cookie = call("bpf_get_socket_cookie", load64(r1, 0x1000n));
  const other = call("bpf_get_socket_cookie", load64(r1, 0x2000n));
  assert.deepEqual(
    [ran(cookie).result, ran([...cookie, ...other]).result, ran([...other, ...cookie, ...other]).result],
    [1n, 2n, 1n],
  );
  const option = (helper: HelperName): Step[] => [
    mov.reg(r1, r6),
    mov.imm(r2, 6),
    mov.imm(r3, 1),
    place(r4),
    mov.imm(r5, 4),
    callHelper(helper),
  ];
  const set = ran([place(r1), storeImmediate(4, r1, 0, 5), ...option("bpf_setsockopt")]);
  assert.deepEqual(set.effects, [{ helper: "bpf_setsockopt", arguments: [6n, 1n], bytes: Uint8Array.of(5, 0, 0, 0) }]);
  const got = ran([
    place(r1),
    storeImmediate(4, r1, 0, 5),
    ...option("bpf_setsockopt"),
    place(r1),
    storeImmediate(4, r1, 0, 0),
    ...option("bpf_getsockopt"),
  ]);
  assert.deepEqual([got.result, got.left.getUint32(0, true)], [0n, 5]);
  assert.equal(BigInt.asIntN(64, ran(option("bpf_getsockopt")).result), -92n);

  const lines: string[] = [];
  const format = Buffer.alloc(16, "%d and %s\n\0");
  const text = mapSpec({
    name: "text",
    type: "array",
    valueSizeBytes: 16,
    maxEntries: 1,
    initial: format,
    frozen: true,
  });
  const print: Step[] = [
    { register: r1, map: "text", valueOffset: 0 },
    mov.imm(r2, 16),
    mov.imm(r3, -5),
    { register: r4, map: "text", valueOffset: 0 },
    mov.imm(r5, 0),
  ];
  ran(call("bpf_trace_printk", ...print), { print: (line) => lines.push(line) }, [text]);
  assert.deepEqual(lines, ["-5 and %d and %s\n\n"]);
});

test("arguments that are wrong end the run, and say which", () => {
  const table = mapSpec({ name: "table", type: "hash" });
  const lookup = (key: Step[]): Step[] => [
    { register: r1, map: "table" },
    mov.reg(r2, r10),
    ...key,
    callHelper("bpf_map_lookup_elem"),
  ];
  const refused = (steps: readonly Step[], message: RegExp) =>
    assert.throws(() => ran(steps, {}, [table]), { code: "SANDBOX_ARGUMENT", message });
  refused(lookup([add.imm(r2, -3)]), /bpf_map_lookup_elem, which reads 4 bytes at r2: they are not there/);
  refused(lookup([mov.imm(r2, 0)]), /reads 4 bytes at r2/);
  refused([mov.reg(r1, r6), mov.reg(r2, r10), callHelper("bpf_map_lookup_elem")], /something in r1 that is no map/);
  refused([place(r1), mov.imm(r2, -1), callHelper("bpf_get_current_comm")], /a size in r2 of -1 bytes/);
  refused([place(r1), mov.imm(r2, 65), callHelper("bpf_get_current_comm")], /writes 65 bytes at r1/);
  refused([place(r1), mov.imm(r2, 0), callHelper("bpf_ringbuf_submit")], /no open record/);
  const lock = [place(r1), callHelper("bpf_spin_lock"), place(r1), callHelper("bpf_spin_lock")];
  refused(lock, /a lock that it holds/);
});

test("a traced call has the arguments and the result that are described", () => {
  const traced = (
    kind: HookKind,
    words: readonly bigint[],
    steps: readonly Step[],
    more: Partial<Surroundings> = {},
  ) => {
    const spec = specOf(kind, [mov.reg(r6, r1), ...steps, exit()], [left]);
    const sandbox = loadSandbox(spec, { surroundings: quietSurroundings(more) });
    const result = sandbox.program("tried").call(new Uint8Array(BigUint64Array.from(words).buffer));
    return [BigInt.asIntN(64, result), sandbox.map("left").mapped().getBigUint64(0, true)];
  };
  const argument = (number: number) => call("bpf_get_func_arg", mov.reg(r1, r6), mov.imm(r2, number), place(r3));
  const returned = call("bpf_get_func_ret", mov.reg(r1, r6), place(r2));
  const count = call("bpf_get_func_arg_cnt", mov.reg(r1, r6));
  assert.deepEqual(traced("fexit", [7n, 8n, 99n], argument(1)), [0n, 8n]);
  assert.deepEqual(traced("fexit", [7n, 8n, 99n], argument(2)), [-22n, 0n]);
  assert.deepEqual(traced("fexit", [7n, 8n, 99n], returned), [0n, 99n]);
  assert.deepEqual(traced("fexit", [7n, 8n, 99n], count)[0], 2n);
  assert.deepEqual(traced("fentry", [7n, 8n], count)[0], 2n);
  assert.deepEqual(traced("fentry", [7n, 8n], returned), [-95n, 0n]);
  const more = { functionAddress: 0x1234n, attachCookie: 0x1_0000_0007n };
  assert.equal(traced("fentry", [0n], call("bpf_get_func_ip"), more)[0], 0x1234n);
  assert.equal(traced("fentry", [0n], call("bpf_get_attach_cookie"), more)[0], 0x1_0000_0007n);
});

test("what a program asks of the world is noted, and answered as the kernel answers", () => {
  const noted = (steps: readonly Step[], kind: HookKind = "syscall") => {
    const { result, effects } = ran(steps, {}, [], kind);
    return [BigInt.asIntN(64, result), effects.map(({ helper, arguments: numbers }) => [helper, ...numbers])];
  };
  const two = (helper: HelperName, first: number, second: number) =>
    call(helper, mov.imm(r1, first), mov.imm(r2, second));
  const three = (helper: HelperName, second: number, third: number) =>
    call(helper, mov.reg(r1, r6), mov.imm(r2, second), mov.imm(r3, third));
  assert.deepEqual(noted(two("bpf_send_signal", 9, 0)), [0n, [["bpf_send_signal", 9n]]]);
  assert.deepEqual(noted(two("bpf_redirect", 5, 1), "tcxIngress"), [7n, [["bpf_redirect", 5n, 1n]]]);
  assert.deepEqual(noted(two("bpf_redirect_peer", 5, 0), "tcxIngress"), [7n, [["bpf_redirect_peer", 5n]]]);
  assert.deepEqual(noted(two("bpf_redirect_peer", 5, 1), "tcxIngress"), [2n, []]);
  assert.deepEqual(noted(three("bpf_clone_redirect", 5, 1), "tcxIngress"), [0n, [["bpf_clone_redirect", 5n, 1n]]]);
  assert.deepEqual(noted(three("bpf_clone_redirect", 5, 2), "tcxIngress"), [-22n, []]);
  assert.deepEqual(noted(three("bpf_sk_assign", 77, 1), "socketLookup"), [0n, [["bpf_sk_assign", 77n, 1n]]]);
  assert.deepEqual(noted(three("bpf_sk_assign", 77, 4), "socketLookup"), [-22n, []]);
  assert.deepEqual(noted(three("bpf_msg_apply_bytes", 10, 0), "skMsgVerdict"), [0n, [["bpf_msg_apply_bytes", 10n]]]);
  const returning = [...call("bpf_set_retval", mov.imm(r1, -13)), ...call("bpf_get_retval")];
  assert.deepEqual(noted(returning, "setSocketOption"), [-13n, [["bpf_set_retval", -13n]]]);
});

test("sockets are found, and flags set, where a test describes them", () => {
  const findSocket = (protocol: string, tuple: Uint8Array) =>
    protocol === "tcp" && tuple[0] === 9 ? 0x77n : undefined;
  const find = (helper: HelperName, first: number): Step[] => [
    place(r2),
    storeImmediate(4, r2, 0, first),
    mov.reg(r1, r6),
    mov.imm(r3, 12),
    mov.imm(r4, -1),
    mov.imm(r5, 0),
    callHelper(helper),
  ];
  const found = (helper: HelperName, first: number) => ran(find(helper, first), { findSocket }).result;
  assert.deepEqual(
    [found("bpf_sk_lookup_tcp", 9), found("bpf_sk_lookup_tcp", 8), found("bpf_sk_lookup_udp", 9)],
    [0x77n, 0n, 0n],
  );
  const isFull = 72;
  const flags = 84;
  const set = (value: number): Step[] => [mov.reg(r1, r6), mov.imm(r2, value), callHelper("bpf_sock_ops_cb_flags_set")];
  const full: Step[] = [storeImmediate(4, r6, isFull, 1)];
  assert.equal(BigInt.asIntN(64, ran(set(1), {}, [], "socketOps").result), -22n);
  assert.equal(ran([...full, ...set(0x105)], {}, [], "socketOps").result, 0x100n);
  assert.equal(ran([...full, ...set(0x105), load(4, r0, r6, flags)], {}, [], "socketOps").result, 5n);
});

test("cgroups of the packet and of the task are those that are described", () => {
  const more = { packetCgroups: [1n, 40n, 50n] };
  assert.equal(ran(call("bpf_skb_cgroup_id", mov.reg(r1, r6)), more).result, 50n);
  const ancestor = (level: number) =>
    ran(call("bpf_skb_ancestor_cgroup_id", mov.reg(r1, r6), mov.imm(r2, level)), more).result;
  assert.deepEqual([ancestor(1), ancestor(3), ancestor(-1)], [40n, 0n, 0n]);
  const cgroups = mapSpec({ name: "cgroups", type: "cgroupArray", valueSizeBytes: 4, maxEntries: 2 });
  const spec = specOf(
    "syscall",
    [{ register: r1, map: "cgroups" }, mov.imm(r2, 0), callHelper("bpf_current_task_under_cgroup"), exit()],
    [cgroups],
  );
  const sandbox = loadSandbox(spec, { surroundings: quietSurroundings() });
  const isUnder = () => BigInt.asIntN(64, sandbox.program("tried").call());
  const put = (id: number) =>
    sandbox.map("cgroups").update(new Uint8Array(4), new Uint8Array(Uint32Array.of(id).buffer), 0);
  assert.equal(isUnder(), -11n);
  put(7);
  assert.equal(isUnder(), 1n);
  put(8);
  assert.equal(isUnder(), 0n);
});

test("docs/sandbox-helpers.md lists what there is, and what was compared", () => {
  const root = new URL("../../../../", import.meta.url);
  const text = readFileSync(new URL("docs/sandbox-helpers.md", root), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| "));
  const listed = rows.flatMap((row) => {
    const match = /^\| (?:(\d+) \| )?`(\w+)` \| ([^|]+) \|/.exec(row);
    return match === null ? [] : [{ id: match[1], name: match[2]!, checked: match[3]! }];
  });
  const names = [
    ...[...helpers.values()].map(({ name }) => name),
    ...kernelFunctions.keys(),
    ...Object.keys(sandboxMapTypes),
  ];
  assert.deepEqual(listed.map(({ name }) => name).sort(), names.sort());
  const compared = readFileSync(new URL("src/vm/helpers/helpers-as-kernel.test.ts", root), "utf8");
  for (const { id, name, checked } of listed) {
    if (id !== undefined) assert.equal(checked === "kernel", compared.includes(`"${name}"`), name);
    if (id !== undefined) assert.equal(helpers.get(Number(id))?.name, name);
  }
});
