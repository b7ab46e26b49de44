/**
 * Pass 9, choose: minimum and maximum of unsigned numbers of up to 32 bits without a branch: after one, the verifier would follow all
 * that comes behind twice, once for each side.
 */

import * as isa from "../isa/index.ts";
import { constantOf } from "./fold.ts";
import { replaceValues } from "./graph.ts";
import type { Operation, Routine, Value } from "./ir.ts";

/** `min(a, b)` is `b + (a - b)` if that difference is negative, and `b` if not; `max` is the other way round. */
export function chooseWithoutBranches(routine: Routine): void {
  const replacements = new Map<Value, Value>();
  for (const block of routine.blocks) {
    block.body = block.body.flatMap((value) => {
      if (value.op.kind !== "choose" || !value.op.narrow) return [value];
      const { place } = value;
      const [a, b] = value.operands as [Value, Value];
      const made: Value[] = [];
      const make = (op: Operation, operands: Value[]): Value => {
        const result: Value = { id: routine.nextId++, op, operands, place };
        made.push(result);
        return result;
      };
      const calculate = (alu: isa.AluOperation, left: Value, right: Value) =>
        make({ kind: "alu", alu, width: 64 }, [left, right]);

      const difference = calculate(isa.sub, a, b);
      const sign = calculate(isa.arsh, difference, make({ kind: "constant", value: 63n }, []));
      const isMinimum = value.op.condition === isa.jle;
      const ones = make({ kind: "constant", value: 0xffffffffffffffffn }, []);
      const mask = isMinimum ? sign : calculate(isa.xor, sign, ones);
      const chosen = calculate(isa.add, calculate(isa.and, difference, mask), b);
      const limit = isMinimum ? (constantOf(b) ?? constantOf(a)) : undefined;
      const isKnown = limit !== undefined && limit < 2n ** 31n;
      replacements.set(value, isKnown ? make({ kind: "bounded", maximum: Number(limit) }, [chosen]) : chosen);
      return made;
    });
  }
  replaceValues(routine, replacements);
}
