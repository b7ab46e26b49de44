/** What lowering knows at each point: the names in reach, the function being inlined, what has been checked for null. */

import type { Condition, Width } from "../../isa/index.ts";
import { Builder, type Variable } from "../builder.ts";
import type { FunctionEntity } from "../entity.ts";
import type { Uses } from "../exports.ts";
import type { Block, Operation, RoutineRole, Value } from "../ir.ts";
import type { Module } from "../module.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import type { Span } from "../syntax.ts";
import type { Type } from "../types.ts";
import type { Operand } from "./operand.ts";

/** What a local name stands for: something fixed, or a variable that changes. */
export type Binding =
  | { readonly kind: "fixed"; readonly operand: Operand }
  | { readonly kind: "variable"; readonly variable: Variable; readonly type: Type; probed?: boolean };

/** Names of one block of the program; inner ones hide outer ones. */
export class Scope {
  readonly #names = new Map<string, Binding>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  find(name: string): Binding | undefined {
    return this.#names.get(name) ?? this.#outer?.find(name);
  }

  declare(name: string, binding: Binding): void {
    this.#names.set(name, binding);
  }

  /** Whether this very block declares the name. */
  declares(name: string): boolean {
    return this.#names.has(name);
  }
}

/** Where `break` and `continue` lead. */
export interface Escape {
  readonly breakTo: Block;
  readonly continueTo?: Block;
  readonly label?: string | undefined;
  /** What is done on every way out of it that goes further than `breakTo`. */
  readonly leave?: (place: Place) => void;
}

/** How a function gives back its result: kept in a variable, or, as a condition, by where it goes on. */
export type Return =
  | { readonly kind: "value"; readonly type: Type; readonly result: Binding & { kind: "variable" }; readonly to: Block }
  | { readonly kind: "condition"; readonly then: Block; readonly otherwise: Block };

/** A function while its body is lowered in place of a call. */
export interface Activation {
  readonly module: Module;
  readonly entity?: FunctionEntity;
  readonly caller?: Activation;
  readonly return: Return;
}

/** Names that are not null at some point. */
type Facts = ReadonlySet<Binding>;

/** A point in the routine, to come back to. */
interface Point {
  readonly block: Block | undefined;
  readonly facts: Facts;
}

export class Lowering {
  readonly builder: Builder;
  readonly uses: Uses;
  scope = new Scope();
  escapes: Escape[] = [];
  #context: Value | undefined;
  #activation: Activation | undefined;
  #facts: Facts = new Set();
  /** For each block, what is known on every way into it. */
  readonly #incoming = new Map<Block, Facts>();

  constructor(name: string, place: Place, uses: Uses, role: RoutineRole = { kind: "program" }) {
    this.builder = new Builder(name, place, role);
    this.uses = uses;
  }

  get activation(): Activation {
    return this.#activation!;
  }

  get module(): Module {
    return this.activation.module;
  }

  /** Whether the current point can be reached. */
  get reachable(): boolean {
    return this.builder.block !== undefined;
  }

  place(span: Span): Place {
    return this.module.place(span);
  }

  emit(op: Operation, operands: Value[], place: Place): Value {
    return this.builder.emit(op, operands, place);
  }

  constant(value: bigint | number, place: Place): Value {
    return this.builder.constant(BigInt(value), place);
  }

  /** What the hook hands to the program, as it stands in its first register. */
  context(place: Place): Value {
    if (this.#context !== undefined) return this.#context;
    const { routine } = this.builder;
    if (routine.role.kind !== "program") {
      throw problem("mistake", place, `${routine.name} has no context of its own`, "do this in the program's handler");
    }
    this.#context = { id: routine.nextId++, op: { kind: "context" }, operands: [], place };
    routine.blocks[0]!.body.unshift(this.#context);
    return this.#context;
  }

  /** Lowers in a scope of its own. */
  scoped(lower: () => void): void {
    const outer = this.scope;
    this.scope = new Scope(outer);
    lower();
    this.scope = outer;
  }

  /** Lowers a function's body: its own names, loops and return. */
  activate(activation: Activation, lower: () => void): void {
    const { scope, escapes } = this;
    const caller = this.#activation;
    this.scope = new Scope();
    this.escapes = [];
    this.#activation = activation;
    lower();
    this.#activation = caller;
    this.scope = scope;
    this.escapes = escapes;
  }

  /** Whether a name is not null here. Where nothing leads, anything holds. */
  isKnown(binding: Binding): boolean {
    return !this.reachable || this.#facts.has(binding);
  }

  know(binding: Binding): void {
    this.#facts = new Set(this.#facts).add(binding);
  }

  forget(binding: Binding): void {
    this.#facts = new Set([...this.#facts].filter((known) => known !== binding));
  }

  /** Stops here for the time being, and says where. */
  leave(): Point {
    const point = { block: this.builder.block, facts: this.#facts };
    this.builder.block = undefined;
    return point;
  }

  /** Goes on where it stopped. */
  resume({ block, facts }: Point): void {
    this.builder.block = block;
    this.#facts = facts;
  }

  jump(to: Block, place: Place): void {
    if (!this.reachable) return;
    this.#arrive(to, this.#facts);
    this.builder.jump(to, place);
  }

  /** Branches; `nonNull` is a name that is not null in `then` or in `otherwise`. */
  branch(
    test: { condition: Condition; width: Width; operands: [Value, Value]; guard?: boolean },
    targets: { then: Block; otherwise: Block },
    place: Place,
    nonNull?: { binding: Binding; in: "then" | "otherwise" },
  ): void {
    if (!this.reachable) return;
    for (const side of ["then", "otherwise"] as const) {
      const facts = nonNull?.in === side ? new Set(this.#facts).add(nonNull.binding) : this.#facts;
      this.#arrive(targets[side], facts);
    }
    this.builder.branch(test, test.operands, targets, place);
  }

  /** Goes on in a block whose ways in are all known. */
  enter(block: Block): void {
    this.builder.seal(block);
    this.builder.enter(block);
    this.#facts = this.#incoming.get(block) ?? new Set();
  }

  /** Goes on in a loop's head, to which jumps back will come. Nothing is known there of names that the loop changes. */
  enterLoop(block: Block, changed: ReadonlySet<string>): void {
    this.builder.enter(block);
    const facts = this.#incoming.get(block) ?? new Set();
    const kept = [...facts].filter((fact) => fact.kind === "fixed" || !changed.has(fact.variable.name));
    this.#facts = new Set(kept);
  }

  fail(span: Span, message: string, remedy?: string): never {
    throw problem("mistake", this.place(span), message, remedy);
  }

  #arrive(block: Block, facts: Facts): void {
    const before = this.#incoming.get(block);
    this.#incoming.set(block, before === undefined ? facts : new Set([...before].filter((fact) => facts.has(fact))));
  }
}
