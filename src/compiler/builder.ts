/**
 * Builds SSA while the tree is walked, after Braun et al., "Simple and Efficient Construction of Static Single
 * Assignment Form" (2013): a variable read in a block whose predecessors are not all known yet becomes a φ, which is
 * completed when they are.
 */

import type { Condition, Width } from "../isa/index.ts";
import type { Block, End, Operation, Routine, RoutineRole, Value } from "./ir.ts";
import type { Place } from "./source.ts";

/** A variable of the program. Its current value depends on the block. */
export interface Variable {
  readonly name: string;
  /** Whether it holds a number; else it holds a pointer. */
  readonly isNumber: boolean;
}

export class Builder {
  readonly routine: Routine;
  /** Where instructions go; `undefined` after a jump, where nothing can be reached. */
  block: Block | undefined;
  readonly #definitions = new Map<Variable, Map<Block, Value>>();
  readonly #unsealed = new Map<Block, Map<Variable, Value>>();

  constructor(name: string, place: Place, role: RoutineRole = { kind: "program" }) {
    this.routine = { name, role, place, blocks: [], nextId: 0 };
    this.block = this.newBlock();
    this.seal(this.block);
  }

  /** A block that gets its predecessors as jumps to it are made. It must be sealed when they are all there. */
  newBlock(): Block {
    const block: Block = { id: this.routine.nextId++, phis: [], body: [], predecessors: [] };
    this.routine.blocks.push(block);
    this.#unsealed.set(block, new Map());
    return block;
  }

  /** Adds an instruction. In a place that cannot be reached it goes nowhere. */
  emit(op: Operation, operands: Value[], place: Place): Value {
    const value: Value = { id: this.routine.nextId++, op, operands, place };
    this.block?.body.push(value);
    return value;
  }

  constant(value: bigint, place: Place): Value {
    return this.emit({ kind: "constant", value: BigInt.asUintN(64, value) }, [], place);
  }

  jump(to: Block, place: Place): void {
    this.#finish({ kind: "jump", to, place });
  }

  branch(
    { condition, width, guard }: { condition: Condition; width: Width; guard?: boolean },
    operands: [Value, Value],
    { then, otherwise }: { then: Block; otherwise: Block },
    place: Place,
  ): void {
    const test = { condition, width, operands, ...(guard && { guard }) };
    this.#finish({ kind: "branch", ...test, then, otherwise, place });
  }

  return(value: Value, place: Place): void {
    this.#finish({ kind: "return", operands: [value], place });
  }

  /** Goes on in `block`, if anything leads there. */
  enter(block: Block): void {
    this.block = block.predecessors.length > 0 ? block : undefined;
  }

  /** All predecessors of `block` are known: completes its φs. */
  seal(block: Block): void {
    const waiting = this.#unsealed.get(block);
    this.#unsealed.delete(block);
    for (const [variable, phi] of waiting ?? []) this.#complete(variable, phi, block);
  }

  write(variable: Variable, value: Value): void {
    if (this.block !== undefined) this.#define(variable, this.block, value);
  }

  read(variable: Variable, place: Place): Value {
    if (this.block === undefined) return this.constant(0n, place);
    return this.#readIn(variable, this.block, place);
  }

  #readIn(variable: Variable, block: Block, place: Place): Value {
    const known = this.#definitions.get(variable)?.get(block);
    if (known !== undefined) return known;

    const waiting = this.#unsealed.get(block);
    let value: Value;
    if (waiting !== undefined) {
      value = this.#newPhi(variable, block, place);
      waiting.set(variable, value);
    } else if (block.predecessors.length === 1) {
      value = this.#readIn(variable, block.predecessors[0]!, place);
    } else {
      value = this.#newPhi(variable, block, place);
      // Defined before its operands are, so that a loop finds it.
      this.#define(variable, block, value);
      this.#complete(variable, value, block);
    }
    this.#define(variable, block, value);
    return value;
  }

  #newPhi({ isNumber }: Variable, block: Block, place: Place): Value {
    const phi: Value = { id: this.routine.nextId++, op: { kind: "phi", isNumber }, operands: [], place };
    block.phis.push(phi);
    return phi;
  }

  #complete(variable: Variable, phi: Value, block: Block): void {
    for (const predecessor of block.predecessors) phi.operands.push(this.#readIn(variable, predecessor, phi.place));
  }

  #define(variable: Variable, block: Block, value: Value): void {
    const blocks = this.#definitions.get(variable) ?? new Map<Block, Value>();
    this.#definitions.set(variable, blocks.set(block, value));
  }

  #finish(end: End): void {
    if (this.block === undefined) return;
    this.block.end = end;
    if (end.kind === "jump") end.to.predecessors.push(this.block);
    if (end.kind === "branch") {
      end.then.predecessors.push(this.block);
      end.otherwise.predecessors.push(this.block);
    }
    this.block = undefined;
  }
}
