/** Instructions at random, of every form. */

import fc from "fast-check";
import { type Field, type Form, fieldsOf, formOf, forms } from "./forms.ts";
import { type Instruction, instruction, slotsOf } from "./instruction.ts";

const register = fc.integer({ min: 0, max: 10 });
const short = fc.integer({ min: -0x8000, max: 0x7fff });
const word = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const values: Record<Field, fc.Arbitrary<number>> = {
  dst: register,
  src: register,
  offset: short,
  imm: word,
  immHigh: word,
};

/** One instruction of `form`, its operands at random. */
export function anyOfForm(form: Form): fc.Arbitrary<Instruction> {
  const filled = form.operands.flatMap((operand) => fieldsOf[operand]);
  const operands = fc.record(Object.fromEntries(filled.map((field) => [field, values[field]])));
  return operands.map((fields) => instruction(form.opcode, { ...form.fixed, ...fields } as Partial<Instruction>));
}

/** One instruction of any form. */
export const anyInstruction: fc.Arbitrary<Instruction> = fc.constantFrom(...forms).chain(anyOfForm);

/** A program whose jumps stay inside it: all of them go to its first instruction. */
export const anyProgram: fc.Arbitrary<readonly Instruction[]> = fc
  .array(anyInstruction, { minLength: 1, maxLength: 40 })
  .map((program) => {
    let slot = 0;
    return program.map((one) => {
      const back = -slot - 1;
      slot += slotsOf(one);
      const { operands } = formOf(one)!;
      if (operands.includes("near")) return { ...one, offset: back };
      return operands.includes("far") ? { ...one, imm: back } : one;
    });
  });
