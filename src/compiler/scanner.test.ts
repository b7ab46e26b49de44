/** A realistic program: the end of an HTTP head in 4096 bytes, eight at a step. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { loadCollection, testRun } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { compileText } from "./compile.testing.ts";

const capacity = 4096;

/** One loop over words and line feeds alike: a step is either the next word or the next line feed in this one. */
const scanner = `
  const Head = struct({ lengthBytes: u32, lines: u32, lengthAt: u32, padding: u32, data: bytes(${capacity}) });
  type Head = ValueOf<typeof Head>;
  export const result = arrayMap({ value: Head, maxEntries: 1 });
  const lineFeeds = 0x0a0a0a0a0a0a0a0an;
  const lowBits = 0x7f7f7f7f7f7f7f7fn;

  export const run = rawTracepoint("sys_enter", (available: u64): void => {
    const head = result.get(0);
    if (head !== null) scan(head, min(u32(available), ${capacity - 8}));
  });

  function scan(head: Head, available: u32): void {
    let base = u32(0);
    let found = 0n;
    for (let step = 0; step < ${capacity / 8 + 64}; step++) {
      if (found === 0n) {
        if (base >= available) break;
        const word = head.data.load(u64, base) ^ lineFeeds;
        found = ~(((word & lowBits) + lowBits) | word | lowBits);
        base += 8;
        continue;
      }
      const line = base - 8 + (countTrailingZeros(found) >> 3) + 1;
      found &= found - 1n;
      head.lines += 1;
      const next = head.data.load(u64, line);
      if (u16(next) === 0x0a0d) {
        head.lengthBytes = line + 2;
        break;
      }
      // "content-"
      if ((next | 0x2020202020202020n) === 0x2d746e65746e6f63n) { head.lengthAt = line; }
    }
  }`;

const text = [
  "POST /orders/17 HTTP/1.1",
  "Host: shop.example",
  `Cookie: ${"c".repeat(900)}`,
  "Content-Length: 12",
  "",
  "hello, world",
].join("\r\n");

kernelTest("a scanner of 4096 bytes is verified quickly, and finds the end of the head", () => {
  const collection = loadCollection(compileText(scanner));
  try {
    const program = collection.programs.get("run")!;
    const [, verified] = /verified_insns:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${program.fd}`, "utf8")) ?? [];
    assert.ok(Number(verified) < 100_000, `${verified} instructions were verified`);

    const map = collection.map("result");
    const value = new Uint8Array(map.spec.valueSizeBytes);
    value.set(new TextEncoder().encode(text), 16);
    map.set(new Uint8Array(4), value);
    testRun(program, [BigInt(text.length)]);
    const view = new DataView(map.get(new Uint8Array(4))!.buffer);
    const found = [0, 4, 8].map((offset) => view.getUint32(offset, true));
    assert.deepEqual(found, [text.indexOf("\r\n\r\n") + 4, 4, text.indexOf("Content")]);
  } finally {
    collection.close();
  }
});
