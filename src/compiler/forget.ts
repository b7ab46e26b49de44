/**
 * Pass 8, forget: keeps loops cheap to verify.
 *
 * The verifier walks through a loop turn by turn, and follows every path on which it knows different numbers: what a
 * turn may have left in a variable multiplies with every later turn. But of the numbers that a program carries through
 * a loop only the counter must be known to the verifier, as every access to memory has its own guard in front of it.
 * So all others that decide something are made unknown, by `x ^ u ^ u` with an unknown `u`: then the paths of one turn are the same to it,
 * and it follows one of them.
 */

import * as isa from "../isa/index.ts";
import { decisiveValues } from "./decisive.ts";
import { constantOf } from "./fold.ts";
import { type Block, type Routine, successors, type Value } from "./ir.ts";
import { findLoops, type Loop } from "./loops.ts";

export function forget(routine: Routine): void {
  const loops = findLoops(routine).filter(hasCounter);
  if (loops.length === 0) return;
  const unknown: Value = { id: routine.nextId++, op: { kind: "unknown" }, operands: [], place: routine.place };
  let used = false;
  const done = new Set<Value>();
  const hiddenAs = new Map<Value, Value>();
  const hide = (body: Value[], at: number, value: Value): Value => {
    const known = hiddenAs.get(value);
    if (known !== undefined) return known;
    used = true;
    const twice = (operand: Value): Value => ({
      id: routine.nextId++,
      op: { kind: "alu", alu: isa.xor, width: 64 },
      operands: [operand, unknown],
      place: value.place,
    });
    const once = twice(value);
    const hidden = twice(once);
    body.splice(at, 0, once, hidden);
    done.add(hidden);
    if (value.op.kind !== "constant") hiddenAs.set(value, hidden);
    return hidden;
  };

  const decisive = decisiveValues(routine);
  for (const loop of loops) hideCarried(loop, decisive, hide, done);
  hideLoads(routine, loops, hide);
  if (used) routine.blocks[0]!.body.unshift(unknown);
}

/** Puts two instructions into `body` at `at` that give `value` as something unknown. */
type Hide = (body: Value[], at: number, value: Value) => Value;

/** A number that begins at a constant, moves by a constant, and is compared with a constant to leave the loop. */
function counters({ head, blocks }: Loop): Value[] {
  return head.phis.filter((phi) => {
    const steps = phi.operands.filter((_, index) => blocks.has(head.predecessors[index]!));
    const begins = phi.operands.filter((operand) => !steps.includes(operand));
    if (begins.some((operand) => constantOf(operand) === undefined)) return false;
    if (!steps.every((step) => step.operands[0] === phi && constantOf(step.operands[1]) !== undefined)) return false;
    return [...blocks].some(
      ({ end }) =>
        end?.kind === "branch" &&
        !(blocks.has(end.then) && blocks.has(end.otherwise)) &&
        end.operands.some((operand) => operand === phi || steps.includes(operand)) &&
        end.operands.some((operand) => constantOf(operand) !== undefined),
    );
  });
}

function hasCounter(loop: Loop): boolean {
  return counters(loop).length > 0;
}

/** Hides what the loop's variables are set to, where it is computed. */
function hideCarried(loop: Loop, decisive: ReadonlySet<Value>, hide: Hide, hidden: Set<Value>): void {
  const kept = counters(loop);
  const seen = new Set<Value>(kept);
  const visit = (phi: Value, block: Block): void => {
    if (seen.has(phi)) return;
    seen.add(phi);
    for (const [index, operand] of phi.operands.entries()) {
      const from = block.predecessors[index]!;
      if (!loop.blocks.has(from)) continue;
      const inner = [...loop.blocks].find(({ phis }) => phis.includes(operand));
      if (inner !== undefined) visit(operand, inner);
      else if (isWorthHiding(operand) && !hidden.has(operand)) {
        const home = [...loop.blocks].find(({ body }) => body.includes(operand));
        if (operand.op.kind === "constant") phi.operands[index] = hide(from.body, from.body.length, operand);
        else if (home !== undefined) phi.operands[index] = hide(home.body, home.body.indexOf(operand) + 1, operand);
      }
    }
  };
  for (const phi of loop.head.phis) {
    if (phi.op.kind === "phi" && phi.op.isNumber && decisive.has(phi)) visit(phi, loop.head);
  }
}

/** A mask of an unknown value is unknown already. */
function isWorthHiding({ op, operands }: Value): boolean {
  return !(op.kind === "alu" && op.alu === isa.and && operands.every((operand) => constantOf(operand) === undefined));
}

/** Fields of structs on the stack that a loop writes are variables too: hides them where they are read. */
function hideLoads(routine: Routine, loops: readonly Loop[], hide: Hide): void {
  const written = new Set<Value>();
  for (const { blocks } of loops) {
    for (const block of [...blocks, ...exitsOf(blocks)]) {
      for (const { op, operands } of block.body) {
        if ((op.kind === "store" || op.kind === "checkedStore") && operands[0]!.op.kind === "frame") {
          written.add(operands[0]!);
        }
      }
    }
  }
  const hidden = new Map<Value, Value>();
  for (const { body } of routine.blocks) {
    for (let index = body.length - 1; index >= 0; index--) {
      const value = body[index]!;
      if (value.op.kind === "load" && written.has(value.operands[0]!)) hidden.set(value, hide(body, index + 1, value));
    }
  }
  replaceUses(routine, hidden);
}

/** Blocks right behind a loop, where it leaves with a result. */
function exitsOf(blocks: ReadonlySet<Block>): Block[] {
  return [...blocks].flatMap((block) => successors(block).filter((next) => !blocks.has(next)));
}

function replaceUses({ blocks }: Routine, hidden: ReadonlyMap<Value, Value>): void {
  const own = new Set<Value>();
  for (const value of hidden.values()) own.add(value.operands[0]!);
  const replace = (operands: Value[]): void => {
    for (const [index, operand] of operands.entries()) operands[index] = hidden.get(operand) ?? operand;
  };
  for (const { phis, body, end } of blocks) {
    for (const value of [...phis, ...body]) if (!own.has(value)) replace(value.operands);
    if (end !== undefined && end.kind !== "jump") replace(end.operands);
  }
}
