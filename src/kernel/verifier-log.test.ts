import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProgramSpec } from "../spec/collection.ts";
import { explainRefusal } from "./verifier-log.ts";

const program: ProgramSpec = {
  name: "egress",
  hook: { kind: "tpBtf", target: "sys_enter" },
  code: new Uint8Array(),
  maps: [],
  relocations: [],
  functions: [],
  lines: [
    { slot: 0, fileNameOffset: 1, textOffset: 2, line: 10, column: 3 },
    { slot: 5, fileNameOffset: 1, textOffset: 3, line: 14, column: 10 },
  ],
};
const text = (offset: number) => ["", "guard.ts", "count(packet);", "return packet.load(u8, 40);"][offset] ?? "";

const log = `func#0 @0
0: R1=ctx() R10=fp0
; count(packet); @ guard.ts:10
0: (79) r6 = *(u64 *)(r1 +0)
from 3 to 7: R0=scalar()
7: (71) r0 = *(u8 *)(r6 +40)
R6 invalid mem access 'scalar'
processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;

test("a refusal stands on the line of the last instruction that was looked at", () => {
  const { message, details } = explainRefusal(program, log, text, new Map());
  assert.equal(
    message,
    "guard.ts:14:10: the kernel would refuse this (egress): `count(packet);` of line 10 is a number to the verifier, not an address to read from or write to",
  );
  assert.match(details, /^ {2}14 \| return packet\.load\(u8, 40\);/);
  assert.doesNotMatch(details, /processed 8 insns/);
});

test("a refusal that no row knows is said in the verifier's words", () => {
  const { message } = explainRefusal(
    program,
    log.replace("R6 invalid mem access 'scalar'", "R6 is odd"),
    text,
    new Map(),
  );
  assert.equal(message, "guard.ts:14:10: the kernel would refuse this (egress): R6 is odd");
});

/** As Linux 7.3 writes it. */
const report = (classic: string) => `0: R1=ctx() R10=fp0
0: (bf) r6 = r1
5: (95) exit
${classic}

Verification failed: Register Type Safety: Unreadable register

Reason:
  R0 has never been initialized on this path,
  so the verifier cannot use it as an input.

At:
  insn 5
        | ^-- error: R0 is not readable
  Instruction context:
  >>> 5 | (95) exit

Causal path:
  no retained diagnostic events on this path

Suggestion:
  Initialize R0 on every path before this instruction.

processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;

test("a log with the kernel's own account of it is said in the program's words where they are known", () => {
  const { message, details } = explainRefusal(program, report("R0 !read_ok"), text, new Map());
  assert.match(message, /^guard\.ts:14:10: .*: the program can end here without giving back a value$/);
  assert.match(details, /\n {2}return one on every way\n/);
});

test("and else in the kernel's", () => {
  const { message, details } = explainRefusal(program, report("R0 is very odd"), text, new Map());
  assert.match(message, /: R0 has never been initialized on this path, so the verifier cannot use it as an input\.$/);
  assert.match(details, /\n {2}Initialize R0 on every path before this instruction\.\n/);
});

test("a field that the kernel does not have is named, with the guard that helps", () => {
  const { message } = explainRefusal(program, log, text, new Map([[7, "sock.sk_new"]]));
  assert.match(message, /this kernel has no sock\.sk_new; guard it with `exists\(\)`$/);
});

test("a log without instructions names the program", () => {
  assert.match(explainRefusal(program, "BTF is wrong\n", text, new Map()).message, /^egress: .*BTF is wrong$/);
});
