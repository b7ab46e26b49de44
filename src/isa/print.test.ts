import assert from "node:assert/strict";
import { test } from "node:test";
import { add, mov, movsx16, sdiv } from "./alu.ts";
import { atomicAdd, atomicOr, compareExchange, exchange } from "./atomic.ts";
import { callHelper, callKernelFunction, callLocal, exit } from "./call.ts";
import { type Instruction, instruction, r0, r1, r2, r10 } from "./instruction.ts";
import { jeq, jset, jslt, jump, jumpFar } from "./jump.ts";
import { load, load64, loadFunction, loadMap, loadMapValue, loadSigned, store, storeImmediate } from "./memory.ts";
import { print, printProgram } from "./print.ts";
import { be16, bswap32, neg32 } from "./unary.ts";

const notation: readonly (readonly [string, Instruction])[] = [
  ["r1 += -3", add.imm(r1, -3)],
  ["w1 s/= w2", sdiv.reg32(r1, r2)],
  ["r1 = r2", mov.reg(r1, r2)],
  ["r1 = (s16)r2", movsx16.reg(r1, r2)],
  ["w1 = -w1", neg32.on(r1)],
  ["r1 = be16 r1", be16.on(r1)],
  ["r1 = bswap32 r1", bswap32.on(r1)],
  ["if r1 == 0x0 goto pc+3", jeq.imm(r1, 0, 3)],
  ["if w1 s< w2 goto pc-2", jslt.reg32(r1, r2, -2)],
  ["if r1 & 0x4 goto pc+1", jset.imm(r1, 4, 1)],
  ["goto pc-1", jump(-1)],
  ["gotol pc+70000", jumpFar(70_000)],
  ["call bpf_map_lookup_elem#1", callHelper("bpf_map_lookup_elem")],
  ["call unknown#9999", callHelper(9999)],
  ["call pc+5", callLocal(5)],
  ["call kernel-function#77", callKernelFunction(77)],
  ["exit", exit()],
  ["r1 = *(u32 *)(r2 +4)", load(4, r1, r2, 4)],
  ["r1 = *(s8 *)(r2 -1)", loadSigned(1, r1, r2, -1)],
  ["*(u64 *)(r10 -8) = r1", store(8, r10, -8, r1)],
  ["*(u16 *)(r10 -8) = 7", storeImmediate(2, r10, -8, 7)],
  ["r0 = 0x7b", load64(r0, 123n)],
  ["r1 = map[fd:4]", loadMap(r1, 4)],
  ["r1 = map[fd:4][0]+8", loadMapValue(r1, 4, 8)],
  ["r1 = function pc+9", loadFunction(r1, 9)],
  ["lock *(u64 *)(r1 +0) += r2", atomicAdd.on(8, r1, 0, r2)],
  ["r2 = atomic_fetch_or((u32 *)(r1 +4), r2)", atomicOr.fetch(4, r1, 4, r2)],
  ["r2 = atomic64_xchg((u64 *)(r1 +0), r2)", exchange(8, r1, 0, r2)],
  ["r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)", compareExchange(8, r1, 0, r2)],
  ["unknown 0xf7 dst=r1 src=r0 offset=0 imm=0", instruction(0xf7, { dst: r1 })],
];

test("instructions print in the notation of the kernel", () => {
  for (const [text, one] of notation) assert.equal(print(one), text);
});

test("a program prints one line an instruction, each at its slot", () => {
  const program = [load64(r0, 1n), add.imm(r0, 1), exit()];
  assert.equal(printProgram(program), "    0: r0 = 0x1\n    2: r0 += 1\n    3: exit\n");
});
