/** Reading kernel structures: what is emitted, and that the verifier takes it. */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { loadCollection } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { compileText, printed, wordsOf } from "./compile.testing.ts";

const structures = `
  interface kernfs_node extends KernelStruct { readonly id: u64 }
  interface cgroup extends KernelStruct { readonly level: i32; readonly ancestors: KernelArray<Pointer<cgroup>, 1>; readonly kn: Pointer<kernfs_node> }
  interface sock_cgroup_data extends KernelStruct { readonly cgroup: Pointer<cgroup> }
  interface sock_common extends KernelStruct { readonly skc_family: u16; readonly skc_dport: u16 }
  interface sock extends KernelStruct { readonly __sk_common: sock_common; readonly sk_err: i32; readonly sk_cgrp_data: sock_cgroup_data }
  interface tcp_sock extends KernelStruct { readonly bytes_sent: u64 }
  interface task_struct extends KernelStruct { readonly tgid: i32; readonly comm: KernelArray<u8, 16>; readonly group_leader: Pointer<task_struct> }
  const Seen = struct({ first: u64, second: u64, third: u64, name: bytes(16) });
  export const seen = perCpuArray({ value: Seen, maxEntries: 1 });
`;

const handler = (body: string) => `${structures}
  export const run = tpBtf("inet_sock_set_state", (sk: sock, before: i32, after: i32): void => {
    const out = seen.get(0);
    if (out === null) return;
    ${body}
  });`;

test("members of a known pointer are one load each, however deep they are embedded", () => {
  const spec = compileText(
    handler("out.first = u64(sk.__sk_common.skc_dport); out.second = sk.sk_cgrp_data.cgroup.kn.id;"),
  );
  assert.deepEqual(
    spec.programs[0]!.relocations.map(({ kind, access }) => `${kind} ${access}`),
    ["fieldByteOffset 0:0:1", "fieldByteOffset 0:2:0", "fieldByteOffset 0:2", "fieldByteOffset 0:0"],
  );
  assert.doesNotMatch(printed("emit", handler("out.first = sk.sk_cgrp_data.cgroup.kn.id;")), /probe_read/);
});

const loads: Record<string, string> = {
  "a direct read, and a pointer followed":
    "out.first = u64(sk.__sk_common.skc_dport); out.second = sk.sk_cgrp_data.cgroup.kn.id;",
  "a signed member": "if (sk.sk_err < 0) out.first = u64(sk.sk_err);",
  "a pointer compared with null":
    "if (sk.sk_cgrp_data.cgroup === null || isNull(sk.sk_cgrp_data.cgroup.kn)) out.first = 1n;",
  "an address, and a read through it": `out.first = addressOf(sk.sk_cgrp_data) & 0xffn;
    out.second = kernelPointer<cgroup>(addressOf(sk.sk_cgrp_data.cgroup)).kn.id;`,
  "an element of an array of pointers":
    "out.first = sk.sk_cgrp_data.cgroup.ancestors.at(u32(after)).kn.id; out.second = sk.sk_cgrp_data.cgroup.ancestors.at(0).kn.id;",
  "bytes of an array":
    "out.name.readKernel(0, 16, addressOf(currentTask<task_struct>().comm)); out.first = u64(currentTask<task_struct>().comm.at(u32(after)));",
  "a member that a kernel may lack":
    'const task: task_struct = currentTask(); if (exists(sk, "sk_err")) out.first = u64(task.group_leader.tgid);',
  enumerators:
    'if (enumExists("iter_type", "ITER_UBUF")) out.first = u64(enumValue("iter_type", "ITER_UBUF")); if (enumExists("iter_type", "NONE")) out.second = u64(enumValue("iter_type", "NONE"));',
  "a socket as TCP socket":
    "const tcp = tcpSocket<tcp_sock>(sk); if (tcp !== null) out.first = tcp.bytes_sent; out.second = socketCookie(sk);",
  "text of user and kernel memory, and the thread's name":
    "if (!readUserText(out.name, u64(before)) || !readKernelText(out.name, addressOf(currentTask<task_struct>().comm)) || !currentCommand(out.name)) out.third = 1n;",
  "user memory": "out.third = out.name.readUser(0, min(u32(after), 16), u64(before)) ? 1n : 0n;",
};

for (const [title, body] of Object.entries(loads)) {
  kernelTest(`the verifier takes ${title}`, () => loadCollection(compileText(handler(body))).close());
}

kernelTest("the verifier takes storage of sockets, an iterator over it, and records of variable length", () => {
  const text = `${structures}
    export const storage = socketStorage({ value: Seen });
    export const records = ringBuffer({ sizeBytes: 4096 });
    export const stored = tpBtf("inet_sock_set_state", (sk: sock, before: i32, after: i32): void => {
      const value = storage.getOrCreate(sk);
      if (value === null) return;
      value.first += 1n;
      if (!records.output(value, u32(after))) value.second += 1n;
      if (after === 7) storage.delete(sk);
    });
    export const walk = socketStorageIterator(storage, (sk: sock | null, value: ValueOf<typeof Seen> | null): void => {
      if (sk === null || value === null) return;
      records.output(value);
      if (value.first > 3n) value.third = socketCookie(sk);
    });`;
  loadCollection(compileText(text)).close();
});

kernelTest("a bit field is what the kernel keeps in its bits", async () => {
  const text = `
    interface sock_common extends KernelStruct {
      readonly skc_reuse: KernelBits<u8>;
      readonly skc_ipv6only: KernelBits<u8>;
      readonly skc_net_refcnt: KernelBits<u32>;
      readonly skc_num: u16;
    }
    interface sock extends KernelStruct { readonly __sk_common: sock_common }
    const Seen = struct({ port: u16, reuse: u8, only6: u8, counted: u32 });
    export const seen = hash({ key: u32, value: Seen, maxEntries: 4 });
    export const run = tpBtf("inet_sock_set_state", (sk: sock, before: i32, after: i32): void => {
      if (u32(currentProcess() >> 32n) !== ${process.pid} || after !== 10) return;
      const { skc_reuse, skc_ipv6only, skc_net_refcnt, skc_num } = sk.__sk_common;
      seen.set(0, { port: skc_num, reuse: skc_reuse, only6: skc_ipv6only, counted: skc_net_refcnt });
    });`;
  using collection = loadCollection(compileText(text));
  collection.attach("run");
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "::1", port: 0, ipv6Only: true }, () => {
      resolve((server.address() as { port: number }).port);
    });
  });
  const value = collection.map("seen").get(new Uint8Array(4))!;
  server.close();
  const view = new DataView(value.buffer, value.byteOffset);
  // Node asks for SO_REUSEADDR and IPV6_V6ONLY.
  assert.deepEqual([view.getUint16(0, true), value[2], value[3], view.getUint32(4, true)], [port, 1, 1, 1]);
});

kernelTest("an enumerator is as wide as the kernel has it", () => {
  const body = `out.words[0] = enumValue64("iter_type", "ITER_UBUF");
    out.words[1] = enumValue64("bpf_func_id", "BPF_FUNC_map_lookup_elem");`;
  const [ubuf, lookup] = wordsOf({ body }, 2);
  assert.deepEqual([ubuf, lookup], [0n, 1n]);
});
