/**
 * Pass 11, allocate: a register for every value, by its live ranges. Values that do not fit are kept on the stack, whole
 * and at aligned places, as the verifier tracks them there; then the pass begins again.
 */

import type { Register } from "../isa/index.ts";
import { type Block, isCall, type Routine, type Value } from "./ir.ts";
import { analyzeLiveness, isCompareExchange, type Liveness, type Range, wantsRegister } from "./liveness.ts";
import { loopDepths } from "./loops.ts";
import { problem } from "./problem.ts";
import { type Spilled, spill } from "./spill.ts";

export interface Allocation {
  readonly registers: ReadonlyMap<Value, Register>;
  readonly liveness: Liveness;
  /** A register that holds nothing at the end of `block`, if there is one. */
  freeAtEnd(block: Block): Register | undefined;
}

/** Those that calls overwrite come first: the others are left to values that live across calls. */
const order: readonly Register[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const callerSaved: readonly Register[] = [0, 1, 2, 3, 4, 5];

const rounds = 200;

export function allocate(routine: Routine): Allocation {
  const spilled: Spilled = { momentary: new Set(), reloads: new Map() };
  for (let round = 0; round < rounds; round++) {
    const liveness = analyzeLiveness(routine);
    const assigned = assign(routine, liveness, spilled.momentary);
    if (assigned.kind === "done") return { ...assigned, liveness };
    for (const web of assigned.spilled) spill(routine, web, spilled);
  }
  throw problem("bug", routine.place, `no registers were found for ${routine.name} in ${rounds} rounds`);
}

/** Values that share one register, as a φ and its operands do where their lives do not overlap. */
interface Web {
  readonly values: Value[];
  readonly ranges: Range[];
  weight: number;
}

type Assigned =
  | { readonly kind: "done"; readonly registers: Map<Value, Register>; freeAtEnd(block: Block): Register | undefined }
  | { readonly kind: "spilled"; readonly spilled: readonly Value[][] };

function assign(routine: Routine, liveness: Liveness, momentary: ReadonlySet<Value>): Assigned {
  const webs = websOf(routine, liveness, momentary);
  const hints = hintsOf(routine);
  const occupied = order.map(() => new Uint8Array(liveness.length + 2));
  for (const { body } of routine.blocks) {
    for (const value of body) {
      const at = liveness.positions.get(value)!;
      if (isCall(value)) for (const register of callerSaved) occupied[register]![at + 1] = 1;
      if (isCompareExchange(value)) occupied[0]!.fill(1, at, at + 2);
    }
  }
  // What arrives in a register stays there until it is read for the last time.
  for (const { register, position } of arrivals(routine, liveness)) occupied[register]!.fill(1, 0, position + 1);

  const registers = new Map<Value, Register>();
  const holders: Web[][] = order.map(() => []);
  const spilled: Value[][] = [];
  for (const web of webs) {
    const free = order.filter((register) => isFree(occupied[register]!, web.ranges));
    let register = preferred(web, free, hints, registers) ?? free[0];
    if (register === undefined) {
      const { web: loser, register: freed } = victim(web, holders, occupied, routine);
      spilled.push(loser.values);
      if (freed === undefined) continue;
      for (const { start, end } of loser.ranges) occupied[freed]!.fill(0, start, end + 1);
      holders[freed]!.splice(holders[freed]!.indexOf(loser), 1);
      register = freed;
    }
    for (const { start, end } of web.ranges) occupied[register]!.fill(1, start, end + 1);
    holders[register]!.push(web);
    for (const value of web.values) registers.set(value, register);
  }
  if (spilled.length > 0) return { kind: "spilled", spilled };
  return {
    kind: "done",
    registers,
    freeAtEnd: (block) => order.find((register) => occupied[register]![liveness.ends.get(block)!] === 0),
  };
}

/** Where the routine reads what it was called with: the context in r1, parameters in r1 to r5. */
function arrivals({ blocks }: Routine, { positions }: Liveness): { register: number; position: number }[] {
  return blocks[0]!.body.flatMap((value) => {
    const { op } = value;
    if (op.kind !== "argument" && op.kind !== "context" && op.kind !== "parameter") return [];
    return [{ register: op.kind === "parameter" ? op.index + 1 : 1, position: positions.get(value)! }];
  });
}

function isFree(occupied: Uint8Array, ranges: readonly Range[]): boolean {
  for (const { start, end } of ranges) {
    for (let at = start; at <= end; at++) if (occupied[at] !== 0) return false;
  }
  return true;
}

/** Webs in the order in which they begin. */
function websOf(routine: Routine, { ranges }: Liveness, momentary: ReadonlySet<Value>): Web[] {
  const depths = loopDepths(routine);
  const webs = new Map<Value, Web>();
  const weigh = (value: Value, block: Block) => {
    const web = webs.get(value);
    if (web !== undefined) web.weight += 10 ** Math.min(depths.get(block) ?? 0, 4);
  };
  for (const [value, own] of ranges) {
    if (!wantsRegister(value)) continue;
    const weight = momentary.has(value) ? Number.POSITIVE_INFINITY : 0;
    webs.set(value, { values: [value], ranges: own.map((range) => ({ ...range })), weight });
  }
  for (const block of routine.blocks) {
    for (const value of [...block.phis, ...block.body]) {
      weigh(value, block);
      for (const operand of value.operands) weigh(operand, block);
    }
  }
  for (const { phis } of routine.blocks) {
    for (const phi of phis) {
      for (const operand of phi.operands) join(webs, phi, operand);
    }
  }
  const lengthOf = ({ ranges: own }: Web) => own.reduce((sum, { start, end }) => sum + end - start + 1, 0);
  const distinct = [...new Set(webs.values())];
  for (const web of distinct) web.weight /= lengthOf(web);
  return distinct.sort((a, b) => a.ranges[0]!.start - b.ranges[0]!.start || a.values[0]!.id - b.values[0]!.id);
}

function join(webs: Map<Value, Web>, one: Value, other: Value): void {
  const [a, b] = [webs.get(one), webs.get(other)];
  if (a === undefined || b === undefined || a === b) return;
  // What needs a register for a moment only shall not bind another value to its needs.
  if (!Number.isFinite(a.weight + b.weight) || overlap(a.ranges, b.ranges)) return;
  a.values.push(...b.values);
  a.ranges.push(...b.ranges);
  a.ranges.sort((x, y) => x.start - y.start);
  a.weight += b.weight;
  for (const value of b.values) webs.set(value, a);
}

function overlap(a: readonly Range[], b: readonly Range[]): boolean {
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i]!.end < b[j]!.start) i++;
    else if (b[j]!.end < a[i]!.start) j++;
    else return true;
  }
  return false;
}

/** Registers that would save a move: of the operand a result is computed in, or where a call wants or leaves it. */
function hintsOf({ blocks }: Routine): Map<Value, (Value | Register)[]> {
  const hints = new Map<Value, (Value | Register)[]>();
  const hint = (value: Value, wanted: Value | Register) => {
    const known = hints.get(value);
    if (known === undefined) hints.set(value, [wanted]);
    else known.push(wanted);
  };
  for (const { body, phis, end } of blocks) {
    for (const value of body) {
      const [first] = value.operands;
      if (
        ["alu", "unary", "truncate", "coreAddress", "address", "choose", "bounded"].includes(value.op.kind) &&
        first !== undefined
      ) {
        hint(value, first);
        hint(first, value);
      }
      if (value.op.kind === "context") hint(value, 1);
      if (value.op.kind === "parameter") hint(value, (value.op.index + 1) as Register);
      if (isCall(value)) {
        hint(value, 0);
        for (const [index, operand] of value.operands.entries()) hint(operand, (index + 1) as Register);
      }
    }
    for (const phi of phis) {
      for (const operand of phi.operands) {
        hint(phi, operand);
        hint(operand, phi);
      }
    }
    if (end?.kind === "return") hint(end.operands[0], 0);
  }
  return hints;
}

function preferred(
  { values }: Web,
  free: readonly Register[],
  hints: ReadonlyMap<Value, readonly (Value | Register)[]>,
  registers: ReadonlyMap<Value, Register>,
): Register | undefined {
  for (const value of values) {
    for (const wanted of hints.get(value) ?? []) {
      const register = typeof wanted === "number" ? wanted : registers.get(wanted);
      if (register !== undefined && free.includes(register)) return register;
    }
  }
  return undefined;
}

/** What costs least on the stack: the web without a register, or one in its way, whose register it then takes over. */
function victim(
  web: Web,
  holders: readonly Web[][],
  occupied: readonly Uint8Array[],
  routine: Routine,
): { web: Web; register?: Register } {
  let best: { web: Web; register?: Register } = { web };
  for (const [register, held] of holders.entries()) {
    const inTheWay = held.filter((other) => overlap(other.ranges, web.ranges));
    if (inTheWay.length !== 1 || !isFreeWithout(occupied[register]!, web.ranges, inTheWay[0]!.ranges)) continue;
    if (inTheWay[0]!.weight < best.web.weight) best = { web: inTheWay[0]!, register: register as Register };
  }
  if (best.web.weight === Number.POSITIVE_INFINITY) {
    throw problem("bug", web.values[0]?.place ?? routine.place, "an instruction needs more registers than there are");
  }
  return best;
}

function isFreeWithout(occupied: Uint8Array, ranges: readonly Range[], ignored: readonly Range[]): boolean {
  for (const { start, end } of ranges) {
    for (let at = start; at <= end; at++) {
      if (occupied[at] !== 0 && !ignored.some((range) => at >= range.start && at <= range.end)) return false;
    }
  }
  return true;
}
