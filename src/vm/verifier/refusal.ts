/** The refusal of a program: which rule, where, what could be, and what would satisfy it. */

/** The rules. Each is asserted in one place; tests have a program on both sides of each. */
export const rules = {
  instruction: "every instruction exists, and goes to one",
  flow: "every instruction can be reached, and no way leads off the end",
  unwritten: "a register has a value before it is read",
  framePointer: "the frame pointer is never written",
  pointerArithmetic: "pointers only move, by distances that stay small",
  notAPointer: "only pointers are read from or written to",
  mayBeNull: "a pointer that may be null is compared first",
  stackBounds: "a place on the stack lies within its 512 bytes",
  stackUnwritten: "bytes of the stack are written before they are read",
  stackVariable: "places on the stack that are not known are only read, from bytes that were written",
  alignment: "a place on the stack, in the context or of an atomic operation is a multiple of its size",
  contextAccess: "the context is read and written as its hook says",
  contextOffset: "the place in the context is known",
  mapValueBounds: "a place in a map's value lies within it",
  memoryBounds: "a place in memory lies within it",
  packetBounds: "a place in a packet is compared with its end first",
  readOnly: "what is read-only is not written",
  kernelWrite: "a structure of the kernel is not written",
  specialField: "locks, timers and kernel pointers in a map's value are not touched by hand",
  atomic: "atomic operations work on numbers in memory of the program's own",
  helperUnknown: "helpers are known",
  helperHook: "helpers are allowed at the hook",
  license: "helpers for programs under the GPL are called by such",
  argument: "arguments of helpers are of the kind that they take",
  argumentSize: "lengths given to helpers are bounded by the memory they are for",
  argumentMap: "maps given to helpers are of a type that they work on",
  kernelFunction: "functions of the kernel are known",
  reference: "what was taken is given back, once, on every way",
  lock: "one lock at a time, and nothing is called or ended while it is held",
  callDepth: "calls go at most 8 deep",
  stackTotal: "functions that call one another have at most 512 bytes of stack together",
  stackEscape: "no pointer to a function's stack outlives the function",
  returnValue: "the program gives back a number that its hook takes",
  callbackReturn: "a function that is called back gives back 0 or 1",
  endless: "every loop ends",
  budget: "at most 1,000,000 instructions are walked through",
  iterator: "iterators are begun, asked and ended in order",
  kernelLacks: "fields that the types lack are not reached",
} as const;

/** The name of a rule. */
export type Rule = keyof typeof rules;

/** Where in the source an instruction comes from. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

export interface Refusal {
  /** The rule that is broken: stable, for programs that read it. */
  readonly kind: Rule;
  /** Where, in slots of 8 bytes. */
  readonly slot: number;
  /** Which value could be what. */
  readonly message: string;
  /** What would satisfy the rule; empty where there is no more to say than the message does. */
  readonly remedy: string;
  readonly origin?: Origin;
}

/** Ends the walk. `slot` is filled in by the walk where it is not known to whoever refuses. */
export class Refused extends Error {
  readonly rule: Rule;
  readonly remedy: string;
  slot: number | undefined;

  constructor(rule: Rule, message: string, remedy = "", slot?: number) {
    super(message);
    this.rule = rule;
    this.remedy = remedy;
    this.slot = slot;
  }
}

export function refuse(rule: Rule, message: string, remedy = "", slot?: number): never {
  throw new Refused(rule, message, remedy, slot);
}
