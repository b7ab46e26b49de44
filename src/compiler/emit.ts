/** Pass 12, emit: instructions, with what the loader must fill in and the source line of each. */

import type { Instruction, Register } from "../isa/index.ts";
import * as isa from "../isa/index.ts";
import type { Allocation } from "./allocate.ts";
import { counterOf, turnsOf } from "./counters.ts";
import { constantOf } from "./fold.ts";
import { layOutFrame } from "./frame.ts";
import { countUses } from "./graph.ts";
import { lowerInstruction } from "./instructions.ts";
import { type Block, type End, isInline, type Operation, type Relocation, type Routine, type Value } from "./ir.ts";
import { findLoops } from "./loops.ts";
import { type Move, sequence } from "./moves.ts";
import { problem } from "./problem.ts";
import { fitsImmediate } from "./shape.ts";
import type { Place } from "./source.ts";

/** A call of a function of the kernel, with its types. */
export type KernelCall = Operation & { readonly kind: "callKernel" };

/** One emitted instruction and what belongs to it. */
export interface Emitted {
  readonly instruction: Instruction;
  readonly place: Place;
  readonly relocation?: Relocation;
  readonly map?: { readonly name: string; readonly valueOffset?: number };
  /** Where a jump leads, while its distance is not known. */
  readonly target?: Block;
  /** The function of the kernel that this calls. */
  readonly kernelFunction?: KernelCall;
  /** The symbol of the kernel whose address this takes. */
  readonly kernelSymbol?: string;
  /** The routine that this calls, or whose address it takes. */
  readonly routine?: Routine;
}

/** Code before it is part of a collection: `slot` of each instruction is the sum of the sizes in front of it. */
export type Code = readonly Emitted[];

export function emit(routine: Routine, allocation: Allocation): Code {
  return new Emitter(routine, allocation).run();
}

export class Emitter {
  readonly uses: ReadonlyMap<Value, number>;
  readonly #routine: Routine;
  readonly #allocation: Allocation;
  readonly #frame: ReadonlyMap<Value, number>;
  readonly #repeatedHeads: ReadonlySet<Block>;
  readonly #code: Emitted[] = [];
  /** The index of each block's first instruction. */
  readonly #starts = new Map<Block, number>();

  constructor(routine: Routine, allocation: Allocation) {
    this.#routine = routine;
    this.#allocation = allocation;
    this.#frame = layOutFrame(routine, allocation.liveness);
    this.#repeatedHeads = headsToRepeat(routine);
    this.uses = countUses(routine);
  }

  run(): Code {
    const { blocks } = this.#routine;
    for (const [index, block] of blocks.entries()) {
      this.#starts.set(block, this.#code.length);
      for (const value of block.body) lowerInstruction(this, value);
      this.#emitEnd(block, blocks[index + 1]);
    }
    this.#dropIdleJumps();
    return this.#resolveJumps();
  }

  /** Adds an instruction. */
  put(instruction: Instruction, place: Place, more: Omit<Emitted, "instruction" | "place"> = {}): void {
    this.#code.push({ instruction, place, ...more });
  }

  /** The register of a value. */
  register(value: Value): Register {
    const register = this.#allocation.registers.get(value);
    if (register !== undefined) return register;
    throw problem("bug", value.place, `a ${value.op.kind} has no register`);
  }

  /** A base and offset for a memory access: regions of the stack are reached from r10. */
  address(base: Value, offset: number): { base: Register; offset: number } {
    const region = this.#frame.get(base);
    return region === undefined ? { base: this.register(base), offset } : { base: isa.r10, offset: region + offset };
  }

  /** Puts any value into a register. */
  load(to: Register, value: Value, place: Place): void {
    const { op } = value;
    if (op.kind === "constant") {
      const signed = BigInt.asIntN(64, op.value);
      if (fitsImmediate(value, 64)) this.put(isa.mov.imm(to, Number(signed)), place);
      else if (op.value < 1n << 32n) this.put(isa.mov.imm32(to, Number(BigInt.asIntN(32, op.value))), place);
      else this.put(isa.load64(to, signed), place);
    } else if (op.kind === "map") {
      this.put(isa.loadMap(to, 0), place, { map: { name: op.map } });
    } else if (op.kind === "function") {
      this.put(isa.loadFunction(to, 0), place, { routine: op.routine });
    } else if (op.kind === "frame") {
      this.put(isa.mov.reg(to, isa.r10), place);
      this.put(isa.add.imm(to, this.#frame.get(value)!), place);
    } else if (this.register(value) !== to) this.put(isa.mov.reg(to, this.register(value)), place);
  }

  /** Moves several values into registers at once. */
  move(moves: readonly { to: Register; value: Value }[], free: Register | undefined, place: Place): void {
    const wanted: Move<Value>[] = moves.map(({ to, value }) => ({
      to,
      from: value,
      reads: this.#allocation.registers.get(value),
    }));
    const steps = sequence(wanted, free);
    if (steps === undefined) throw problem("notYet", place, "too many values change places here at once");
    for (const step of steps) {
      if (step.kind === "copy") this.put(isa.mov.reg(step.to, step.from), place);
      else this.load(step.to, step.from, place);
    }
  }

  /** The second operand of an instruction: its immediate or its register. */
  second(value: Value, width: isa.Width): { imm: number } | { register: Register } {
    const constant = constantOf(value);
    if (constant === undefined) return { register: this.register(value) };
    return { imm: Number(BigInt.asIntN(width === 32 ? 32 : 64, constant)) };
  }

  #emitEnd(block: Block, next: Block | undefined): void {
    const end = block.end!;
    const { place } = end;
    if (end.kind === "jump") {
      this.#fillPhis(block, end.to, place);
      if (end.to !== next) this.#goOn(end.to, place, next);
    } else if (end.kind === "return") {
      this.load(isa.r0, end.operands[0], place);
      this.put(isa.exit(), place);
    } else this.#branch(end, next);
  }

  #fillPhis(block: Block, to: Block, place: Place): void {
    const index = to.predecessors.indexOf(block);
    const moves = to.phis.map((phi) => ({ to: this.register(phi), value: phi.operands[index]! }));
    this.move(moves, this.#allocation.freeAtEnd(block), place);
  }

  #branch(end: End & { kind: "branch" }, next: Block | undefined): void {
    const opposite = isa.oppositeOf(end.condition);
    const isInverted = end.then === next && opposite !== undefined;
    const condition = isInverted ? opposite : end.condition;
    const target = isInverted ? end.otherwise : end.then;
    const [left, right] = end.operands;
    this.put(conditional(this, condition, end.width, this.register(left), right, 0), end.place, { target });
    const rest = isInverted ? end.then : end.otherwise;
    if (rest !== next) this.#jump(rest, end.place);
  }

  /** Goes on elsewhere. An exit takes no more room than a jump to one. */
  #goOn(target: Block, place: Place, next: Block | undefined): void {
    const { end, body } = target;
    if (end?.kind === "return" && body.every(isInline)) {
      this.load(isa.r0, end.operands[0], end.place);
      this.put(isa.exit(), end.place);
    } else if (end?.kind === "branch" && this.#repeatedHeads.has(target) && this.#starts.has(target)) {
      // Back at the head of a loop, which decides here as well.
      this.#branch(end, next);
    } else this.#jump(target, place);
  }

  #jump(target: Block, place: Place): void {
    this.put(isa.jump(0), place, { target });
  }

  /** Between a jump and its target there may be nothing but blocks that turned out to be empty. */
  #dropIdleJumps(): void {
    for (let index = this.#code.length - 1; index >= 0; index--) {
      const { target, instruction } = this.#code[index]!;
      if (target === undefined || instruction.opcode !== plainJump || this.#starts.get(target) !== index + 1) continue;
      this.#code.splice(index, 1);
      for (const [block, start] of this.#starts) if (start > index) this.#starts.set(block, start - 1);
    }
  }

  #resolveJumps(): Code {
    const slots = [0];
    for (const { instruction } of this.#code) slots.push(slots.at(-1)! + isa.slotsOf(instruction));
    return this.#code.map((emitted, index) => {
      if (emitted.target === undefined) return emitted;
      const offset = slots[this.#starts.get(emitted.target)!]! - slots[index + 1]!;
      if (Math.abs(offset) > 32_767) throw problem("notYet", emitted.place, "jumps over more than 32,767 instructions");
      return { ...emitted, instruction: { ...emitted.instruction, offset } };
    });
  }
}

/** Turns up to which a jump less in each is worth that the verifier, as it then does, keeps more states of a loop. */
const fewTurns = 128;

/** Heads of short loops that only decide: the jump back to one can be its decision. */
function headsToRepeat(routine: Routine): ReadonlySet<Block> {
  const heads = new Set<Block>();
  for (const loop of findLoops(routine)) {
    const counter = counterOf(loop);
    if (counter !== undefined && turnsOf(counter) <= fewTurns && loop.head.body.every(isInline)) heads.add(loop.head);
  }
  return heads;
}

const plainJump = isa.jump(0).opcode;

/** A conditional jump over `distance` slots. */
export function conditional(
  emitter: Emitter,
  condition: isa.Condition,
  width: isa.Width,
  left: Register,
  right: Value,
  distance: number,
): Instruction {
  const second = emitter.second(right, width);
  if ("imm" in second) {
    return width === 64 ? condition.imm(left, second.imm, distance) : condition.imm32(left, second.imm, distance);
  }
  return width === 64
    ? condition.reg(left, second.register, distance)
    : condition.reg32(left, second.register, distance);
}
