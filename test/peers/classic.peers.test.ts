/** Our check of classic filters against the kernel's: what one takes, the other takes (`SO_ATTACH_FILTER`). */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { classic } from "../../src/isa/index.ts";

/** Attaches each filter on a line of hexadecimal digits to a socket of its own, and says for each whether it could. */
const attacher = `
import ctypes, socket, struct, sys
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for line in sys.stdin:
    code = bytes.fromhex(line.strip())
    held = ctypes.create_string_buffer(code, max(len(code), 1))
    try:
        one.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(held)))
        print("taken")
    except OSError:
        print("refused")
`;

const constant = fc.oneof(fc.nat(17), fc.constantFrom(31, 32, 0xffff_f000, 0xffff_f02c, 0xffff_f001, 0xffff_ffff));
const instruction = fc
  .constantFrom(...classic.classicForms)
  .chain((form) => fc.record({ code: fc.constant(form.code), jumpTrue: fc.nat(5), jumpFalse: fc.nat(5), k: constant }));
const program = fc
  .tuple(fc.array(instruction, { maxLength: 12 }), fc.constantFrom(classic.returnA(), classic.moveToIndex()))
  .map(([body, last]) => [classic.storeMemory(3), ...body, classic.returnConstant(1), classic.returnConstant(0), last]);

test("our check of filters agrees with the kernel's", () => {
  const programs = fc.sample(program, 5000);
  const input = programs.map((one) => `${Buffer.from(classic.encodeClassic(one)).toString("hex")}\n`).join("");
  const verdicts = execFileSync("python3", ["-c", attacher], { input, encoding: "utf8" }).trim().split("\n");
  const counts = { taken: 0, refused: 0 };
  programs.forEach((one, index) => {
    const verdict = check(one);
    assert.equal(verdict, verdicts[index], classic.printClassic(one));
    counts[verdict]++;
  });
  assert.ok(counts.taken > 200 && counts.refused > 200, JSON.stringify(counts));
});

function check(one: readonly classic.ClassicInstruction[]): "taken" | "refused" {
  try {
    classic.validateClassic(one);
    return "taken";
  } catch {
    return "refused";
  }
}
