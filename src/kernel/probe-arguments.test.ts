import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments } from "../elf/binary/probe-argument.ts";
import { placeOfArgument } from "./probe-arguments.ts";

const placeOf = (text: string, architecture: string) => placeOfArgument(parseArguments(text)[0]!, architecture);

const whole = 2n ** 64n - 1n;
const none = { addend: 0n, baseOffset: 0, baseBytes: 0, indexOffset: 0, indexBytes: 0, indexShift: 0, memoryBytes: 0 };

test("arguments as programs find them", () => {
  const register = { ...none, baseBytes: 8 };
  assert.deepEqual(placeOf("-4@%edi", "x64"), { ...register, baseOffset: 112, mask: whole, shift: 32 });
  assert.deepEqual(placeOf("8@x19", "arm64"), { ...register, baseOffset: 152, mask: whole, shift: 0 });
  assert.deepEqual(placeOf("2@$513", "x64"), { ...none, addend: 513n, mask: 0xffffn, shift: 48 });
  assert.deepEqual(placeOf("4@[sp, 24]", "arm64"), {
    ...{ ...register, addend: 24n, baseOffset: 248, memoryBytes: 4 },
    ...{ mask: 0xffff_ffffn, shift: 32 },
  });
  assert.deepEqual(placeOf("1@-8(%rbp,%rcx,4)", "x64"), {
    ...{ ...register, addend: -8n, baseOffset: 32, indexOffset: 88, indexBytes: 8, indexShift: 2 },
    ...{ memoryBytes: 1, mask: 0xffn, shift: 56 },
  });
});

test("what no program can read is none", () => {
  for (const text of ["8@counter(%rip)", "8f@%xmm0", "1@%ah", "16@%rax"]) assert.equal(placeOf(text, "x64"), undefined);
  assert.equal(placeOf("8@%rax", "riscv64"), undefined);
});
