import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { assemble } from "./assemble.ts";
import { encode } from "./encode.ts";
import { anyProgram } from "./instruction.testing.ts";
import { instruction } from "./instruction.ts";
import { decodeProgram, validate } from "./validate.ts";

test("programs whose jumps stay inside are valid", () => {
  fc.assert(fc.property(anyProgram, (program) => assert.deepEqual(decodeProgram(encode(program)), program)));
});

test("a reserved field that is not zero is named", () => {
  assert.throws(() => validate([instruction(0x0f, { imm: 1 })]), {
    code: "ISA_BAD_INSTRUCTION",
    message: "slot 0: the immediate of add must be 0, it is 1",
  });
  assert.throws(() => validate([instruction(0x95, { offset: 1 })]), /slot 0: the offset of exit must be 0, it is 1/);
});

test("an opcode that does not exist is named", () => {
  assert.throws(() => validate([...assemble("mov %r0, 0"), instruction(0xf7)]), /slot 1: there is no opcode 0xf7/);
});

test("jumps go to instructions of the program", () => {
  assert.throws(() => validate(assemble("ja +1\nexit")), /slot 0: it goes to slot 2, outside the program/);
  assert.throws(() => validate(assemble("ja +1\nlddw %r0, 0\nexit")), /goes to slot 2, the second half of a load/);
  assert.throws(() => validate(assemble("call local -2\nexit")), /slot 0: it goes to slot -1, outside the program/);
});

test("any bytes are a program or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (code) => {
      try {
        decodeProgram(code);
      } catch (error) {
        assert.match((error as { code: string }).code, /^ISA_/);
      }
    }),
    { numRuns: 2000 },
  );
});
