/** What the walk found out that a runtime can rely on. */

/** The kind of object that an access goes to. */
export type ObjectKind =
  | "stack"
  | "context"
  | "packet"
  | "mapValue"
  | "mapKey"
  | "memory"
  /** A structure of the kernel: a read that never faults, but gives 0 where there is nothing. */
  | "kernel"
  | "socket";

/** What is known of a program that was accepted. */
export interface ProgramFacts {
  /** The bytes of stack that each function uses, by the slot where it begins; the program's own is 0. */
  readonly stackBytes: ReadonlyMap<number, number>;
  /** Of the deepest chain of calls, together. */
  readonly totalStackBytes: number;
  /** For each load, store and atomic operation that can be reached, by its slot: the kinds of object it goes to. */
  readonly accesses: ReadonlyMap<number, ReadonlySet<ObjectKind>>;
  /** How many bytes a context must have that is plain bytes (records of tracepoints, arguments of `syscall`). */
  readonly contextBytes: number;
}
