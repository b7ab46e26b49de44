import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { findVectors } from "../../bytes/vectors.testing.ts";
import { InputError } from "../../errors/error.ts";
import { assembleClassic, type ClassicStatement } from "./assemble.ts";
import { decodeClassic, encodeClassic } from "./encode.ts";
import { classicForms } from "./forms.ts";
import {
  type ClassicInstruction,
  calculate,
  jumpIf,
  loadMemory,
  loadPacketAt,
  moveToIndex,
  returnA,
  returnConstant,
  storeMemory,
} from "./instruction.ts";
import { parseClassic } from "./parse.ts";
import { printClassic } from "./print.ts";
import { validateClassic } from "./validate.ts";

test("the filter `ip` prints as tcpdump prints it", () => {
  const program = [loadPacketAt(2, 12), jumpIf("jeq", 0x800, 0, 1), returnConstant(262_144), returnConstant(0)];
  assert.equal(
    printClassic(program),
    "(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 3\n(002) ret      #262144\n(003) ret      #0",
  );
  validateClassic(program);
});

const { path, skip } = findVectors("pcap-filter", "accept.json");

test("what libpcap prints is read, valid, and printed again", { skip }, () => {
  const cases: { name: string; opt?: string; unopt?: string }[] = JSON.parse(readFileSync(path, "utf8"));
  let count = 0;
  let refused = 0;
  for (const { name, opt, unopt } of cases) {
    for (const text of [opt, unopt]) {
      if (!text) continue;
      const program = parseClassic(text);
      assert.equal(printClassic(program).replaceAll(/ +$/gm, ""), text.replaceAll(/ +$/gm, ""), name);
      assert.deepEqual(decodeClassic(encodeClassic(program)), program);
      // libpcap's code may load memory that nothing was stored to on some way there, or (protochain) jump back: the
      // kernel refuses both.
      try {
        validateClassic(program);
      } catch (error) {
        assert.match((error as Error).message, /may hold nothing yet$|jumps out of the program$/, name);
        refused += text === opt ? 1 : 0;
      }
      count++;
    }
  }
  assert.ok(count > 500);
  assert.ok(refused < count / 100, `${refused} optimised programs`);
});

/** An instruction of any form whose constant fits it. */
const anyClassic: fc.Arbitrary<ClassicInstruction> = fc
  .constantFrom(...classicForms)
  .chain(({ code, notation, jumps }) => {
    const distance = jumps ? fc.nat(255) : fc.constant(0);
    const without = ["none", "index", "length"].includes(notation);
    const k = without
      ? fc.constant(0)
      : notation === "memory" || notation === "target"
        ? fc.nat(15)
        : fc.nat(0xffff_ffff);
    const fields = fc.record({ jumpTrue: distance, jumpFalse: distance, k });
    return fields.map(({ jumpTrue, jumpFalse, k }) => ({ code, jumpTrue, jumpFalse, k }));
  });

test("any program comes back from its bytes and its text", () => {
  fc.assert(
    fc.property(fc.array(anyClassic, { maxLength: 30 }), (program) => {
      assert.deepEqual(decodeClassic(encodeClassic(program)), program);
      assert.deepEqual(parseClassic(printClassic(program)), program);
    }),
  );
});

const wrong: readonly (readonly [string, readonly ClassicInstruction[]])[] = [
  ["a classic program has 1 to 4096 instructions, not 0", []],
  ["instruction 0: there is no code 0xff", [{ ...returnConstant(0), code: 0xff }]],
  ["instruction 0: the last instruction must be a ret", [moveToIndex()]],
  ["instruction 0: it jumps out of the program", [jumpIf("jeq", 0, 1, 0), returnConstant(0)]],
  ["instruction 0: it divides by zero", [calculate("div", 0), returnA()]],
  ["instruction 0: it shifts by 32 bits, more than there are", [calculate("lsh", 32), returnA()]],
  ["instruction 0: there is no M[16]", [storeMemory(16), returnA()]],
  ["instruction 0: the kernel knows nothing at offset -4095", [loadPacketAt(4, -4095), returnA()]],
  ["instruction 0: M[3] may hold nothing yet", [loadMemory(3), returnA()]],
  ["instruction 2: M[3] may hold nothing yet", [jumpIf("jeq", 0, 0, 1), storeMemory(3), loadMemory(3), returnA()]],
];

test("what the kernel would refuse is refused, with the instruction", () => {
  for (const [message, program] of wrong) {
    assert.throws(() => validateClassic(program), { name: InputError.name, message });
  }
  validateClassic([storeMemory(3), jumpIf("jeq", 0, 0, 1), storeMemory(4), loadMemory(3), returnA()]);
});

test("places have names, and conditions reach any of them", () => {
  const [far, near] = [{ name: "far" }, { name: "near" }];
  const filling = new Array<ClassicStatement>(300).fill(moveToIndex());
  const program = assembleClassic([
    { condition: "jeq", operand: 7, whenTrue: far, whenFalse: near },
    { label: near },
    ...filling,
    { jump: far },
    moveToIndex(),
    { label: far },
    returnA(),
  ]);
  validateClassic(program);
  assert.deepEqual(program.slice(0, 2), [jumpIf("jeq", 7, 0, 1), { code: 5, jumpTrue: 0, jumpFalse: 0, k: 302 }]);
  assert.equal(program.length, 305);
  assert.throws(() => assembleClassic([{ label: near }, { jump: near }]), { code: "CLASSIC_BACKWARDS" });
});
