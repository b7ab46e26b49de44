/** WebAssembly as far as the sandbox uses it, typed here: it is in Node, Bun, Deno and browsers, but not in the language's own library. */

/** Linear memory. Growing it replaces `buffer`. */
export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** A table of functions that WebAssembly calls by index. */
export interface FunctionTable {
  readonly length: number;
  get(index: number): unknown;
  set(index: number, value: unknown): void;
  grow(count: number): number;
}

export type Imports = Record<string, Record<string, unknown>>;

interface Engine {
  Memory: new (description: { initial: number; maximum?: number }) => Memory;
  Table: new (description: { element: "anyfunc"; initial: number }) => FunctionTable;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports?: Imports) => { readonly exports: Record<string, unknown> };
  validate(bytes: Uint8Array): boolean;
}

export const webAssembly: Engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** Bytes of a page of linear memory. */
export const pageBytes = 65536;
