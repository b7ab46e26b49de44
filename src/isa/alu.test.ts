import assert from "node:assert/strict";
import { test } from "node:test";
import { add, aluOperationOf, aluOperations, arsh, div, lsh, mod, mov, movsx8, mul, sdiv, smod, sub } from "./alu.ts";
import { r1, r2 } from "./instruction.ts";
import { conditions, jset, jsgt, jsle, oppositeOf } from "./jump.ts";
import { be16, be32, bswap64, le16, neg, neg32, unaryOperationOf, unaryOperations } from "./unary.ts";

const u64 = (value: bigint) => BigInt.asUintN(64, value);

test("division by zero gives zero, modulo by zero keeps the dividend (RFC 9669, 4.1)", () => {
  assert.equal(div.apply(42n, 0n), 0n);
  assert.equal(mod.apply(42n, 0n), 42n);
  assert.equal(sdiv.apply(u64(-42n), 0n), 0n);
  assert.equal(smod.apply(u64(-42n), 0n), u64(-42n));
  assert.equal(mod.apply32(0x1_0000_002an, 0n), 42n);
});

test("signed division rounds towards zero and modulo has the sign of the dividend", () => {
  assert.equal(sdiv.apply(u64(-13n), 3n), u64(-4n));
  assert.equal(smod.apply(u64(-13n), 3n), u64(-1n));
  assert.equal(smod.apply(13n, u64(-3n)), 1n);
  assert.equal(sdiv.apply32(0xffff_fff3n, 3n), 0xffff_fffcn);
});

test("the lowest number divided by -1 wraps to itself", () => {
  assert.equal(sdiv.apply(2n ** 63n, u64(-1n)), 2n ** 63n);
  assert.equal(smod.apply(2n ** 63n, u64(-1n)), 0n);
  assert.equal(sdiv.apply32(2n ** 31n, u64(-1n)), 2n ** 31n);
});

test("results wrap to the width, and 32-bit results zero the upper half", () => {
  assert.equal(add.apply(u64(-1n), 2n), 1n);
  assert.equal(sub.apply(0n, 1n), u64(-1n));
  assert.equal(add.apply32(0xffff_ffff_ffff_ffffn, 1n), 0n);
  assert.equal(mul.apply32(0x1_0000n, 0x1_0000n), 0n);
  assert.equal(mov.apply32(0n, u64(-1n)), 0xffff_ffffn);
});

test("shift counts use their low 6 bits, or 5 in 32-bit operations", () => {
  assert.equal(lsh.apply(1n, 65n), 2n);
  assert.equal(lsh.apply32(1n, 33n), 2n);
  assert.equal(arsh.apply(u64(-8n), 1n), u64(-4n));
  assert.equal(arsh.apply32(0x8000_0000n, 31n), 0xffff_ffffn);
});

test("sign-extending moves read the low bits alone", () => {
  assert.equal(movsx8.apply(0n, 0x1ffn), u64(-1n));
  assert.equal(movsx8.apply32(0n, 0x180n), 0xffff_ff80n);
});

test("byte swaps cut to their width", () => {
  assert.equal(be16.apply(0xffff_1234n), 0x3412n);
  assert.equal(be32.apply(0xff_0102_0304n), 0x0403_0201n);
  assert.equal(le16.apply(0xffff_1234n), 0x1234n);
  assert.equal(bswap64.apply(0x0102_0304_0506_0708n), 0x0807_0605_0403_0201n);
});

test("negation wraps in both widths", () => {
  assert.equal(neg.apply(1n), u64(-1n));
  assert.equal(neg.apply(2n ** 63n), 2n ** 63n);
  assert.equal(neg32.apply(1n), 0xffff_ffffn);
});

test("conditions follow the sign and the width", () => {
  assert.equal(jsgt.apply(1n, u64(-1n)), true);
  assert.equal(jsle.apply32(0xffff_ffffn, 0n), true);
  assert.equal(jset.apply(0b110n, 0b001n), false);
  assert.equal(jset.apply32(0x1_0000_0000n, 0x1_0000_0000n), false);
});

test("a condition and its opposite never agree", () => {
  const values = [0n, 1n, 2n ** 31n, 2n ** 63n, u64(-1n)];
  for (const condition of conditions) {
    const opposite = oppositeOf(condition);
    if (opposite === undefined) continue;
    for (const dst of values) {
      for (const src of values) assert.notEqual(condition.apply(dst, src), opposite.apply(dst, src), condition.name);
    }
  }
});

test("every operation is found again from its instruction", () => {
  for (const operation of aluOperations) {
    assert.equal(aluOperationOf(operation.reg(r1, r2)), operation);
    assert.equal(aluOperationOf(operation.reg32(r1, r2)), operation);
  }
  for (const operation of unaryOperations) assert.equal(unaryOperationOf(operation.on(r1)), operation);
});
