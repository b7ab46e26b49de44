/**
 * Machine code of another assembler: what we decode must encode to the same bytes, print, and mean
 * what it should. The cases are not part of this repository.
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { findVectors } from "../bytes/vectors.testing.ts";
import { InputError } from "../errors/error.ts";
import { aluOperationOf } from "./alu.ts";
import { assemble } from "./assemble.ts";
import { atomicKindOf } from "./atomic.ts";
import { callSources, isCall, isExit } from "./call.ts";
import { conformanceCases, memoryOf, noCases } from "./conformance.testing.ts";
import { decode } from "./decode.ts";
import { disassemble } from "./disassemble.ts";
import { encode } from "./encode.ts";
import { classes, classOf, type Instruction, loadImmediate64, slotsOf, usesRegister } from "./instruction.ts";
import { conditionOf, jumpDistance } from "./jump.ts";
import { type AccessSize, accessSizeOf, immediateOf, modeOf, modes } from "./memory.ts";
import { print } from "./print.ts";
import { unaryOperationOf } from "./unary.ts";
import { decodeProgram } from "./validate.ts";

test("the text of every case assembles to the bytes of another assembler, and comes back from them", {
  skip: noCases,
}, () => {
  for (const { name, code } of conformanceCases) {
    const text = sectionOf("tests", name, "asm");
    assert.equal(hex(encode(assemble(text, `${name}.data`))), code, name);
    assert.equal(hex(encode(assemble(disassemble(decode(bytesOf(code)))))), code, name);
  }
  assert.ok(conformanceCases.length > 0);
});

test("every wrong case is refused in one line that says where", { skip: noCases }, () => {
  for (const file of readdirSync(findVectors("isa", "negative").path)) {
    const name = file.replace(".data", "");
    // Its assembly is right: it reads a register that holds nothing, which is the verifier's matter.
    if (name === "error") continue;
    const raw = sectionOf("negative", name, "raw");
    const refused =
      raw === "" ? () => assemble(sectionOf("negative", name, "asm"), file) : () => decodeProgram(bytesOf(raw));
    const place = raw === "" ? /^\w+\.data:\d+:\d+: [^\n]+$/ : /^slot \d+: [^\n]+$/;
    assert.throws(refused, (error) => error instanceof InputError && place.test(error.message), name);
  }
});

test("the code of another assembler encodes to the same bytes again and prints", { skip: noCases }, () => {
  for (const { name, code } of conformanceCases) {
    const program = decode(Buffer.from(code, "hex"));
    assert.equal(Buffer.from(encode(program)).toString("hex"), code, name);
    for (const instruction of program) assert.doesNotMatch(print(instruction), /^unknown/, name);
  }
});

test("the operations mean what the conformance cases expect", { skip: noCases }, () => {
  let count = 0;
  for (const one of conformanceCases) {
    const { name, code, r0 } = one;
    const program = decode(Buffer.from(code, "hex"));
    if (program.some((each) => isCall(each) && each.src !== callSources.local)) continue;
    assert.equal(run(program, memoryOf(one)), BigInt(r0), name);
    count++;
  }
  assert.ok(count > 150, `only ${count} cases ran`);
});

/** A part of a case: what follows `-- name`, up to the next part. Comments before the first are left out. */
function sectionOf(folder: string, name: string, part: string): string {
  const text = readFileSync(findVectors("isa", folder, `${name}.data`).path, "utf8");
  const parts = text.split(/^-- /m).slice(1);
  return parts.find((one) => one.startsWith(`${part}\n`))?.slice(part.length + 1) ?? "";
}

const hex = (code: Uint8Array) => Buffer.from(code).toString("hex");
const bytesOf = (text: string) => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

const inputAddress = 0x1000n;
const stackTop = 0x9000n;

/** A machine just large enough for the cases, built of nothing but `apply`. */
function run(program: readonly Instruction[], input: Uint8Array): bigint {
  const memory = new DataView(new ArrayBuffer(0xa000));
  new Uint8Array(memory.buffer).set(input, Number(inputAddress));
  const slots = program.flatMap((one) => (slotsOf(one) === 2 ? [one, one] : [one]));
  const registers = new Array<bigint>(11).fill(0n);
  registers[1] = inputAddress;
  registers[2] = BigInt(input.length);
  registers[10] = stackTop;
  const frames: { readonly slot: number; readonly saved: readonly bigint[] }[] = [];

  for (let slot = 0, steps = 0; steps < 100_000; steps++) {
    const one = slots[slot]!;
    slot += slotsOf(one);
    const { dst, src } = one;
    if (isExit(one)) {
      const frame = frames.pop();
      if (frame === undefined) return registers[0]!;
      registers.splice(6, 5, ...frame.saved);
      slot = frame.slot;
    } else if (isCall(one)) {
      frames.push({ slot, saved: registers.slice(6) });
      registers[10]! -= 512n;
      slot += one.imm;
    } else if (jumpDistance(one) !== undefined) {
      if (taken(one, registers)) slot += jumpDistance(one)!;
    } else if (one.opcode === loadImmediate64) {
      registers[dst] = immediateOf(one);
    } else if (classOf(one.opcode) === classes.alu || classOf(one.opcode) === classes.alu64) {
      registers[dst] = calculate(one, registers);
    } else if (classOf(one.opcode) === classes.ldx) {
      const value = read(memory, registers[src]! + BigInt(one.offset), accessSizeOf(one.opcode));
      const bits = accessSizeOf(one.opcode) * 8;
      registers[dst] = modeOf(one.opcode) === modes.memsx ? BigInt.asUintN(64, BigInt.asIntN(bits, value)) : value;
    } else {
      writeMemory(one, registers, memory);
    }
  }
  throw new Error("the program does not end");
}

const operandOf = (one: Instruction, registers: readonly bigint[]) =>
  usesRegister(one.opcode) ? registers[one.src]! : BigInt(one.imm);

function taken(one: Instruction, registers: readonly bigint[]): boolean {
  const condition = conditionOf(one);
  if (condition === undefined) return true;
  const apply = classOf(one.opcode) === classes.jmp ? condition.apply : condition.apply32;
  return apply(registers[one.dst]!, operandOf(one, registers));
}

function calculate(one: Instruction, registers: readonly bigint[]): bigint {
  const unary = unaryOperationOf(one);
  if (unary) return unary.apply(registers[one.dst]!);
  const operation = aluOperationOf(one)!;
  const apply = classOf(one.opcode) === classes.alu64 ? operation.apply : operation.apply32;
  return apply(registers[one.dst]!, operandOf(one, registers));
}

function writeMemory(one: Instruction, registers: bigint[], memory: DataView): void {
  const size = accessSizeOf(one.opcode);
  const address = registers[one.dst]! + BigInt(one.offset);
  if (modeOf(one.opcode) !== modes.atomic) {
    write(memory, address, size, classOf(one.opcode) === classes.st ? BigInt(one.imm) : registers[one.src]!);
    return;
  }
  const before = read(memory, address, size);
  const source = registers[one.src]!;
  const what = atomicKindOf(one)!;
  if (what.kind === "loadAcquire" || what.kind === "storeRelease") throw new Error("the cases have none of these");
  if (what.kind === "compareExchange") {
    if (before === BigInt.asUintN(size * 8, registers[0]!)) write(memory, address, size, source);
    registers[0] = before;
  } else {
    const after = what.kind === "exchange" ? source : what.operation.apply(before, source, size as 4 | 8);
    write(memory, address, size, after);
    if (what.kind === "exchange" || what.fetch) registers[one.src] = before;
  }
}

function read(memory: DataView, address: bigint, size: AccessSize): bigint {
  let value = 0n;
  for (let byte = size - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(memory.getUint8(Number(address) + byte));
  return value;
}

function write(memory: DataView, address: bigint, size: AccessSize, value: bigint): void {
  for (let byte = 0; byte < size; byte++) {
    memory.setUint8(Number(address) + byte, Number(BigInt.asUintN(8, value >> BigInt(8 * byte))));
  }
}
