/** For tests: pairs of programs. Bounds of objects. */

import { bounds, end, found, type Pair, packet, pair, record, sizes, submit } from "./pair.testing.ts";

export const boundPairs: readonly Pair[] = [
  ...bounds("a map's value", "mapValueBounds", 64, `${found("values")}; mov %r7, %r0`, end),
  ...bounds("a record", "memoryBounds", 16, `${record}; mov %r7, %r6`, `${submit}; ${end}`),
  ...bounds("a packet", "packetBounds", 14, `${packet}; mov %r7, %r2`, end, "tcxIngress"),
  ...bounds("a global variable", "mapValueBounds", 16, "value global+0 %r7", end),
  ...sizes.flatMap(([letter, size]) => [
    pair("stackBounds", `${size} bytes above the stack`, `stdw [%r10-8], 0; ldx${letter} %r1, [%r10{-8|+0}]; ${end}`),
    pair("stackBounds", `${size} bytes below the stack`, `st${letter} [%r10{-512|-520}], 0; ${end}`),
  ]),
];
