import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { add, arsh, mov, movsx8, sdiv } from "./alu.ts";
import { atomicAdd, compareExchange } from "./atomic.ts";
import { callHelper, callKernelFunction, callLocal, exit } from "./call.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { type Instruction, loadImmediate64, type Register, r0, r1, r2, r10 } from "./instruction.ts";
import { jeq, jsgt, jump, jumpFar } from "./jump.ts";
import { immediateOf, load, load64, loadMap, loadMapValue, loadSigned, store, storeImmediate } from "./memory.ts";
import { be16, bswap64, le32, neg, neg32 } from "./unary.ts";

const hex = (...instructions: Instruction[]) => Buffer.from(encode(instructions)).toString("hex");

/** The fields as the kernel's and LLVM's assemblers write them. */
const known: readonly (readonly [string, Instruction])[] = [
  ["07010000fdffffff", add.imm(r1, -3)],
  ["0f21000000000000", add.reg(r1, r2)],
  ["0401000002000000", add.imm32(r1, 2)],
  ["bf12000000000000", mov.reg(r2, r1)],
  ["b400000005000000", mov.imm32(r0, 5)],
  ["c700000020000000", arsh.imm(r0, 32)],
  ["3701010003000000", sdiv.imm(r1, 3)],
  ["3c21010000000000", sdiv.reg32(r1, r2)],
  ["bf21080000000000", movsx8.reg(r1, r2)],
  ["8700000000000000", neg.on(r0)],
  ["8400000000000000", neg32.on(r0)],
  ["d401000020000000", le32.on(r1)],
  ["dc01000010000000", be16.on(r1)],
  ["d701000040000000", bswap64.on(r1)],
  ["1501030000000000", jeq.imm(r1, 0, 3)],
  ["6e21feff00000000", jsgt.reg32(r1, r2, -2)],
  ["0500ffff00000000", jump(-1)],
  ["0600000000000100", jumpFar(65_536)],
  ["6121040000000000", load(4, r1, r2, 4)],
  ["8121fcff00000000", loadSigned(4, r1, r2, -4)],
  ["7b1af8ff00000000", store(8, r10, -8, r1)],
  ["720af8ff07000000", storeImmediate(1, r10, -8, 7)],
  ["db21000000000000", atomicAdd.on(8, r1, 0, r2)],
  ["c321000001000000", atomicAdd.fetch(4, r1, 0, r2)],
  ["db210000f1000000", compareExchange(8, r1, 0, r2)],
  ["8500000001000000", callHelper("bpf_map_lookup_elem")],
  ["8510000005000000", callLocal(5)],
  ["8520000039300000", callKernelFunction(12_345)],
  ["9500000000000000", exit()],
  ["1800000078563412000000000000efcd", load64(r0, 0xcdef_0000_1234_5678n)],
  ["18110000030000000000000000000000", loadMap(r1, 3)],
  ["18210000030000000000000010000000", loadMapValue(r1, 3, 16)],
];

test("instructions have the bytes other assemblers give them", () => {
  for (const [bytes, instruction] of known) assert.equal(hex(instruction), bytes);
});

test("the immediate of a 64-bit load keeps all its bits, of either sign", () => {
  for (const value of [0n, 1n, -1n, 0x8000_0000n, 0xffff_ffff_0000_0001n, -(2n ** 63n)]) {
    assert.equal(immediateOf(load64(r0, value)), BigInt.asUintN(64, value));
  }
});

const register = fc.integer({ min: 0, max: 10 }).map((number) => number as Register);
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const instructions = fc.array(
  fc.record(
    {
      opcode: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constant(loadImmediate64)),
      dst: register,
      src: register,
      offset: fc.integer({ min: -32_768, max: 32_767 }),
      imm: int32,
      immHigh: int32,
    },
    { noNullPrototype: true },
  ),
);

test("decoding what was encoded gives the same instructions, whatever their opcodes", () => {
  fc.assert(
    fc.property(instructions, (generated) => {
      const program = generated.map((one) => (one.opcode === loadImmediate64 ? one : { ...one, immHigh: 0 }));
      assert.deepEqual(decode(encode(program)), program);
    }),
  );
});

test("decoding any bytes gives instructions with the same bytes, or an error of ours", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (code) => {
      try {
        assert.deepEqual(encode(decode(code)), code);
      } catch (error) {
        assert.match((error as { code: string }).code, /^ISA_/);
      }
    }),
  );
});

test("code that ends within an instruction is refused", () => {
  assert.throws(() => decode(new Uint8Array(7)), { code: "ISA_BAD_LENGTH" });
  assert.throws(() => decode(encode([load64(r0, 1n)]).subarray(0, 8)), { code: "ISA_HALF_LOAD" });
  assert.throws(() => decode(new Uint8Array([0x18, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])), {
    code: "ISA_HALF_LOAD",
  });
  assert.throws(() => decode(new Uint8Array([0xbf, 0xb0, 0, 0, 0, 0, 0, 0])), { code: "ISA_BAD_REGISTER" });
});

test("offsets and immediates that do not fit are refused", () => {
  assert.throws(() => jump(32_768), { code: "ISA_OUT_OF_RANGE" });
  assert.throws(() => add.imm(r1, 2 ** 31), { code: "ISA_OUT_OF_RANGE" });
  assert.throws(() => load(4, r1, r2, 0.5), { code: "ISA_OUT_OF_RANGE" });
});
