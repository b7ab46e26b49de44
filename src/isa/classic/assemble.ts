/** Classic programs with named places in them, in place of distances. */

import { BugError, InputError } from "../../errors/error.ts";
import {
  type ClassicCondition,
  type ClassicInstruction,
  type ClassicOperand,
  jumpAlways,
  jumpIf,
} from "./instruction.ts";

/** A place in a program; the same object is the place and its name. */
export interface ClassicLabel {
  readonly name: string;
}

/** What a program is made of: instructions, places, and jumps to them. */
export type ClassicStatement =
  | ClassicInstruction
  | { readonly label: ClassicLabel }
  | { readonly jump: ClassicLabel }
  | {
      readonly condition: ClassicCondition;
      readonly operand: ClassicOperand;
      readonly whenTrue: ClassicLabel;
      readonly whenFalse: ClassicLabel;
    };

/** Where a condition reaches: 255 instructions. */
const farthest = 255;

/**
 * The instructions of a program. Conditions that would reach too far go by way of a `ja`.
 *
 * ```ts
 * const [accept, reject] = [{ name: "accept" }, { name: "reject" }];
 * assembleClassic([
 *   loadPacketAt(2, 12),
 *   { condition: "jeq", operand: 0x800, whenTrue: accept, whenFalse: reject },
 *   { label: accept }, returnConstant(65_535),
 *   { label: reject }, returnConstant(0),
 * ]);
 * ```
 */
export function assembleClassic(statements: readonly ClassicStatement[]): ClassicInstruction[] {
  /** Which branches of which conditions need a `ja`. It only ever grows, so this ends. */
  const far = new Set<string>();
  for (;;) {
    const { placed, places } = place(statements, far);
    const program: ClassicInstruction[] = [];
    let grown = false;
    const distance = (label: ClassicLabel, from: number): number => {
      const target = places.get(label);
      if (target === undefined) throw new BugError("CLASSIC_NO_LABEL", `the place ${label.name} is not in the program`);
      if (target <= from) throw new InputError("CLASSIC_BACKWARDS", `a jump to ${label.name} would go backwards`);
      return target - from - 1;
    };
    for (const { statement, key, at } of placed) {
      if ("jump" in statement) {
        program.push(jumpAlways(distance(statement.jump, at)));
        continue;
      }
      if (!("condition" in statement)) {
        program.push(statement);
        continue;
      }
      const ways = [statement.whenTrue, statement.whenFalse];
      const bridged = ways.map((_, way) => far.has(`${key}:${way}`));
      const distances = ways.map((label, way) => {
        // Behind the condition stand the bridges of the branches that need one, in order.
        if (bridged[way]) return way === 1 && bridged[0] ? 1 : 0;
        const reach = distance(label, at);
        if (reach <= farthest) return reach;
        far.add(`${key}:${way}`);
        grown = true;
        return farthest;
      });
      program.push(jumpIf(statement.condition, statement.operand, distances[0]!, distances[1]!));
      const bridges = ways.filter((_, way) => bridged[way]);
      bridges.forEach((label, index) => {
        program.push(jumpAlways(distance(label, at + 1 + index)));
      });
    }
    if (!grown) return program;
  }
}

/** Gives each statement its number, with room for the bridges of conditions. */
function place(statements: readonly ClassicStatement[], far: ReadonlySet<string>) {
  const places = new Map<ClassicLabel, number>();
  const placed: { statement: Exclude<ClassicStatement, { label: ClassicLabel }>; key: number; at: number }[] = [];
  let at = 0;
  statements.forEach((statement, key) => {
    if ("label" in statement) {
      places.set(statement.label, at);
      return;
    }
    placed.push({ statement, key, at });
    at += 1 + [0, 1].filter((way) => far.has(`${key}:${way}`)).length;
  });
  return { placed, places };
}
