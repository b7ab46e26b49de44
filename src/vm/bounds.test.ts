/** One byte in front of and behind every kind of object is a fault, in both engines; its first and last bytes are not. */

import { test } from "node:test";
import type { HookKind } from "../spec/index.ts";
import { assertFaults, assertRuns } from "./faulty.testing.ts";

interface ObjectCase {
  readonly name: string;
  /** Leaves the object's first byte in r7. */
  readonly text: string;
  readonly bytes: number;
  /** Bytes at its front that may be written; all of them when absent. */
  readonly writable?: number;
  /** How errors name it. */
  readonly said: string;
  readonly hook?: HookKind;
}

const end = "mov %r0, 0; exit";
const key = "mov %r2, %r10; add %r2, -8";
const lookup = (map: string) =>
  `stdw [%r10-8], 0; ${key}; map ${map} %r1; call 1; jne %r0, 0, +2; ${end}; mov %r7, %r0`;
const insertedAnd = (map: string, keyText = "stdw [%r10-8], 0") =>
  `${keyText}; stdw [%r10-72], 1; ${key}; mov %r3, %r10; add %r3, -72; mov %r4, 0; map ${map} %r1; call 2; ${key}; map ${map} %r1; call 1; jne %r0, 0, +2; ${end}; mov %r7, %r0`;

const objects: readonly ObjectCase[] = [
  { name: "a packet", text: "ldxw %r7, [%r1+0]", bytes: 60, said: "packet" },
  {
    ...{ name: "a packet that may only be read", hook: "cgroupSkbIngress", writable: 0 },
    ...{ text: "ldxw %r7, [%r1+76]", bytes: 46, said: "packet" },
  },
  { name: "the context of XDP", text: "mov %r7, %r1", bytes: 24, writable: 0, said: "context" },
  { name: "a context that may be written", text: "mov %r7, %r1", bytes: 64, hook: "syscall", said: "context" },
  { name: "the stack", text: "mov %r7, %r10; add %r7, -512", bytes: 512, said: "stack" },
  {
    ...{ name: "the stack of a function that called", bytes: 512, said: "stack" },
    text: `mov %r1, %r10; add %r1, -512; call local +2; ${end}; mov %r7, %r1`,
  },
  {
    ...{ name: "the stack in a callback", bytes: 512, said: "stack" },
    text: `mov %r1, 1; lddw code_addr %r2, +7; mov %r3, %r10; add %r3, -512; mov %r4, 0; call 181; ${end}; mov %r7, %r2`,
  },
  { name: "a value of an array", text: lookup("values"), bytes: 64, said: "values\\[0\\]" },
  { name: "the value of a global", text: "value global+0 %r7", bytes: 16, said: "global\\[0\\]" },
  { name: "constants", text: "value constants+0 %r7", bytes: 16, writable: 0, said: "constants\\[0\\]" },
  { name: "a value of an array for each processor", text: lookup("counters"), bytes: 64, said: "map value" },
  { name: "a value of a hash", text: insertedAnd("flows"), bytes: 64, said: "map value" },
  { name: "a value of an LRU hash", text: insertedAnd("recent"), bytes: 64, said: "map value" },
  { name: "a value of a hash for each processor", text: insertedAnd("own"), bytes: 64, said: "map value" },
  {
    ...{ name: "a value of a trie", bytes: 64, said: "map value" },
    text: insertedAnd("routes", "stdw [%r10-8], 32"),
  },
  {
    ...{ name: "a record of a ring buffer", bytes: 16, said: "map value" },
    text: `map events %r1; mov %r2, 16; mov %r3, 0; call 131; jne %r0, 0, +2; ${end}; mov %r7, %r0`,
  },
  { name: "a map itself", text: "map values %r7", bytes: 0, said: "map values" },
  // The number in front of the first function is one of a stack's object, far from its bytes.
  { name: "a function", text: `lddw code_addr %r7, -1`, bytes: 0, said: "(function|stack-\\d{5})" },
];

const sizes = [
  ["b", 1],
  ["h", 2],
  ["w", 4],
  ["dw", 8],
] as const;

const at = (offset: number) => (offset < 0 ? String(offset) : `+${offset}`);
const load = (letter: string, offset: number) => `ldx${letter} %r0, [%r7${at(offset)}]; ${end}`;
const store = (letter: string, offset: number) => `st${letter} [%r7${at(offset)}], 1; ${end}`;

for (const { name, text, bytes, writable = bytes, said, hook = "xdp" } of objects) {
  test(`${name}: what lies beside it is not reached`, () => {
    for (const [letter, size] of sizes) {
      const inside = bytes >= size ? [0, bytes - size] : [];
      const outside = [-1, -size, bytes - size + 1, bytes];
      for (const offset of inside) assertRuns(`${text}; ${load(letter, offset)}`, hook);
      for (const offset of outside) {
        assertFaults(`${text}; ${load(letter, offset)}`, hook, "load", RegExp(`reads ${size} bytes? at ${said}`));
      }
      for (const offset of inside.filter((offset) => offset + size <= writable)) {
        assertRuns(`${text}; ${store(letter, offset)}`, hook);
      }
      for (const offset of inside.filter((offset) => offset + size > writable)) {
        const readOnly = RegExp(`writes ${size} bytes? at ${said}.*, which may only be read`);
        assertFaults(`${text}; ${store(letter, offset)}`, hook, "readOnly", readOnly);
      }
      for (const offset of outside) {
        assertFaults(`${text}; ${store(letter, offset)}`, hook, "store", RegExp(`writes ${size} bytes? at ${said}`));
      }
    }
  });
}

test("of a socket buffer's context the time stamp may be written behind the packet's place, and nothing else there", () => {
  const stamp = (offset: number, letter = "dw") => `mov %r7, %r1; ${store(letter, offset)}`;
  assertRuns(stamp(152), "tcxIngress");
  assertRuns(stamp(156, "w"), "tcxIngress");
  for (const offset of [76, 80, 144, 145, 153, 159, 160]) {
    assertFaults(stamp(offset), "tcxIngress", "readOnly", /context/);
  }
});
