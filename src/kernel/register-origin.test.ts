import assert from "node:assert/strict";
import { test } from "node:test";
import { originOf, rangeOf } from "./register-origin.ts";
import { readTrace } from "./verifier-trace.ts";

const { steps } = readTrace(`0: R1=ctx() R10=fp0
0: (79) r6 = *(u64 *)(r1 +0)          ; R1=ctx() R6_w=scalar()
1: (15) if r6 == 0x0 goto pc+3        ; R6_w=scalar(umin=1)
2: (7b) *(u64 *)(r10 -8) = r6         ; R6_w=scalar(id=1) R10=fp0 fp-8_w=scalar(id=1)
3: (85) call bpf_get_smp_processor_id#8       ; R0_w=scalar()
4: (95) exit
from 1 to 5: R1=ctx() R6=0 R10=fp0
5: (b7) r7 = 4                        ; R7_w=4
6: (7b) *(u64 *)(r10 -16) = r7
7: (79) r8 = *(u64 *)(r10 -16)        ; R8_w=4
8: (bf) r2 = r8
9: (85) call bpf_probe_read_kernel#113
R2 is wrong
`);

test("the steps are those of the way that was refused", () => {
  assert.deepEqual(
    steps.map(({ slot }) => slot),
    [0, 1, 5, 6, 7, 8, 9],
  );
  assert.equal(steps[1]!.states.get(6), "0");
});

test("copies and spills are seen through", () => {
  assert.equal(originOf(steps, 2)?.slot, 5);
  assert.equal(originOf(steps, 6)?.slot, 0);
  assert.equal(originOf(steps, 9), undefined);
});

test("ranges are read in every way in which the verifier writes them", () => {
  assert.deepEqual(rangeOf("scalar()"), {});
  assert.deepEqual(rangeOf("7"), { least: 7n, most: 7n });
  assert.deepEqual(rangeOf("scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))"), {
    least: 0n,
    most: 255n,
  });
  assert.deepEqual(rangeOf("scalar(smin=-5,smax=umax=0xffff)"), { least: -5n, most: 65_535n });
});
