import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InputError } from "../errors/error.ts";
import { add, mov } from "./alu.ts";
import { assemble } from "./assemble.ts";
import { atomicAdd, loadAcquire, storeRelease } from "./atomic.ts";
import { callHelper, callKernelFunction, callLocal, callRegister, exit } from "./call.ts";
import { decode } from "./decode.ts";
import { disassemble } from "./disassemble.ts";
import { encode } from "./encode.ts";
import { forms } from "./forms.ts";
import { anyInstruction, anyOfForm } from "./instruction.testing.ts";
import { type Instruction, r0, r1, r2, r10 } from "./instruction.ts";
import { jeq, jump, jumpFar, mayGoto } from "./jump.ts";
import * as memory from "./memory.ts";
import { print } from "./print.ts";

test("labels, distances, numbers in both notations and comments", () => {
  const program = assemble(`
    mov %r0, -1          # a comment
    jeq %r1, 0xffffffff, done
    add %r0, 0x10
    ja +1
    lddw %r1, 0xffffffffffffffff
  done: exit
  `);
  assert.deepEqual(program, [
    mov.imm(r0, -1),
    jeq.imm(r1, -1, 4),
    add.imm(r0, 16),
    jump(1),
    memory.load64(r1, -1n),
    exit(),
  ]);
});

const dialect: readonly (readonly [string, Instruction])[] = [
  ["call 1", callHelper(1)],
  ["call local +5", callLocal(5)],
  ["call runtime 77", callKernelFunction(77)],
  ["call runtime 77, 2", callKernelFunction(77, 2)],
  ["call %r2", callRegister(r2)],
  ["ja32 -70000", jumpFar(-70_000)],
  ["may_goto +3", mayGoto(3)],
  ["lock fetch add32 [%r10-8], %r1", atomicAdd.fetch(4, r10, -8, r1)],
  ["ldacqdw %r0, [%r1+8]", loadAcquire(8, r0, r1, 8)],
  ["strelb [%r1], %r2", storeRelease(1, r1, 0, r2)],
  ["lddw map_by_fd %r1, 4", memory.loadMap(r1, 4)],
  ["lddw map_val_by_fd %r1, 4, 8", memory.loadMapValue(r1, 4, 8)],
  ["lddw code_addr %r1, +9", memory.loadFunction(r1, 9)],
  ["ldabsh 12", memory.loadPacket(2, 12)],
  ["ldindw %r1, 12", memory.loadPacketIndirect(4, r1, 12)],
];

test("the dialect has a name for everything", () => {
  for (const [text, instruction] of dialect) {
    assert.deepEqual(assemble(text), [instruction], text);
    assert.equal(disassemble([instruction]), `${text}\n`);
  }
});

test("the first exit can be jumped to by its name", () => {
  assert.deepEqual(assemble("jeq %r0, 0, exit\nmov %r0, 1\nexit\nexit")[0], jeq.imm(r0, 0, 1));
});

const wrong: readonly (readonly [string, string])[] = [
  ["mov %r0, 2147483648", "1:10: 2147483648 does not fit 32 bits"],
  ["mov %r0, 0x100000000", "1:10: 0x100000000 does not fit 32 bits"],
  ["mov %r11, 0", "1:5: there is no register %r11: they are %r0 to %r10"],
  ["exit\n  ldxb %r0, [%r1+0x10000]", "2:13: +0x10000 does not fit 16 bits"],
  ["ldxb %r0, [%r1", "1:11: [%r1 is no place in memory: [%r1+8]"],
  ["lddw %r0, 0x10000000000000000", "1:11: 0x10000000000000000 does not fit 64 bits"],
  ["ja nowhere", "1:4: there is no label nowhere"],
  ["here:\nhere: exit", "2:1: the label here is there twice"],
  ["frobnicate %r0", "1:1: there is no instruction frobnicate"],
  ["lock", "1:1: lock is followed by an operation: lock fetch add [%r10-8], %r1"],
  ["lock or [%r10-8]", "1:9: lock or takes a place as [%r1+8] and a register"],
  ["neg %r0, %r1", "1:5: neg takes a register"],
  ["add %r0, [%r1]", "1:5: add takes a register and a number, or a register and a register"],
  ["mov %r0, twelve", "1:10: twelve is no number"],
];

test("an error says the line and column of the word that is wrong", () => {
  for (const [text, message] of wrong) {
    assert.throws(() => assemble(text, "x.s"), { name: InputError.name, message: `x.s:${message}` });
  }
});

test("a label too far away for the jump is refused", () => {
  const text = `ja end\n${"mov %r0, 0\n".repeat(40_000)}end: exit`;
  assert.throws(() => assemble(text), /assembly:1:4: end is 40000 slots away, too far for this jump/);
});

test("every form disassembles to text that assembles to it, and prints", () => {
  for (const form of forms) {
    fc.assert(
      fc.property(anyOfForm(form), (instruction) => {
        assert.deepEqual(assemble(disassemble([instruction])), [instruction]);
        assert.doesNotMatch(print(instruction), /^unknown/);
      }),
      { numRuns: 20 },
    );
  }
});

test("any program comes back from its bytes and from its text", () => {
  fc.assert(
    fc.property(fc.array(anyInstruction, { maxLength: 40 }), (program) => {
      assert.deepEqual(decode(encode(program)), program);
      assert.deepEqual(assemble(disassemble(program)), program);
    }),
  );
});

test("any text is assembled or refused", () => {
  const word = fc.constantFrom(
    "mov",
    "lock",
    "fetch",
    "call",
    "local",
    "%r1",
    "[%r1",
    "[%r1+8]",
    "0x",
    "-",
    "a:",
    "exit",
    "\n",
    ",",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join(" ")),
      ),
      (text) => {
        try {
          assemble(text);
        } catch (error) {
          assert.ok(error instanceof InputError);
          assert.match(error.message, /^assembly:\d+:\d+: /);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
