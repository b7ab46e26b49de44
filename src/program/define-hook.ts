/** Hooks of an application's own: where it asks programs, which are compiled, verified and exchanged like any other. */

import { type FieldTypes as ByteFields, type Schema, type Struct, struct } from "../bytes/index.ts";
import { InputError } from "../errors/error.ts";
import type { DefinedHookSpec, DefinedReturns, HookKind } from "../spec/index.ts";
import type { Program } from "./hooks.ts";
import type { FieldTypes, StructType, ValueOf } from "./types.ts";

/** Numbers by name, or `[least, most]`. */
export type HookReturns = Readonly<Record<string, number>> | readonly [least: number, most: number];

/** What a handler is handed: the fields of the context, and of them only those that are listed as writable may be written. */
export type HookContext<Fields extends FieldTypes, Writable extends keyof Fields> = {
  readonly [Name in Exclude<keyof Fields, Writable>]: ValueOf<Fields[Name]>;
} & { -readonly [Name in Writable]: ValueOf<Fields[Name]> };

export interface HookOptions<
  Fields extends FieldTypes,
  Writable extends keyof Fields & string,
  Returns extends HookReturns,
> {
  /** For messages, and to tell it from other hooks. */
  readonly name: string;
  /** What it hands over: numbers, byte strings, arrays. At most 32 KiB. */
  readonly context: StructType<Fields>;
  /** Fields that programs may write. All others can only be read. */
  readonly writable?: readonly Writable[];
  /** What programs give back: numbers with names, `{ allow: 0, deny: 1 }`, or any number of a range, `[0, 100]`. */
  readonly returns: Returns;
  /** What counts where no program says otherwise, and in place of a program that fails: the first, or the least, when absent. */
  readonly default?: Returns extends readonly unknown[] ? number : keyof Returns & string;
  /** Helpers beside those of every hook (maps, time, random numbers, text, loops, timers, rings), by the kernel's names. */
  readonly helpers?: readonly string[];
  /** The only types of maps that programs may use; all when absent. */
  readonly maps?: readonly string[];
}

/** A hook: called with a handler it declares a program, and its members are the numbers that programs give back. */
export type DefinedHook<
  Fields extends FieldTypes = FieldTypes,
  Writable extends keyof Fields & string = keyof Fields & string,
  Returns extends HookReturns = HookReturns,
> = ((handler: (context: HookContext<Fields, Writable>) => number) => Program<"syscall">) &
  (Returns extends readonly unknown[] ? unknown : { readonly [Name in keyof Returns]: Returns[Name] }) & {
    readonly definition: HookDefinition;
    /** Never there: for types. */
    readonly types?: { readonly fields: Fields; readonly writable: Writable; readonly returns: Returns };
  };

/** What is known of a hook at run time. */
export interface HookDefinition {
  readonly spec: DefinedHookSpec;
  /** How the context lies in memory: the writable fields first. */
  readonly layout: Struct;
}

/** The kind of hook that such programs are of to the rest of the machinery: run by user space, on a struct of its own. */
export const definedHookKind: HookKind = "syscall";

/**
 * Defines a hook of this application:
 *
 * ```ts
 * export const requestHook = defineHook({
 *   name: "request",
 *   context: struct({ client: u32, path: bytes(64), timeNs: u64, backend: u32 }),
 *   writable: ["backend"],
 *   returns: { allow: 0, deny: 1 },
 * });
 * ```
 *
 * Its programs stand in modules that import it, `export const limit = requestHook((request) => …)`, and `openHook` runs them.
 */
export function defineHook<
  const Fields extends FieldTypes,
  const Returns extends HookReturns,
  const Writable extends keyof Fields & string = never,
>(options: HookOptions<Fields, Writable, Returns>): DefinedHook<Fields, Writable, Returns> {
  const { context, ...rest } = options as unknown as HookOptions<FieldTypes, string, HookReturns>;
  const definition = hookDefinition({ ...rest, fields: (context as unknown as Struct).fields });
  const hook = () => ({ kind: "program", hook: definedHookKind, target: "" });
  const { returns } = definition.spec;
  const members = { ...(returns.kind === "named" && returns.values), definition };
  const properties = Object.entries(members).map(([name, value]) => [name, { value, enumerable: true }] as const);
  return Object.defineProperties(hook, Object.fromEntries(properties)) as unknown as DefinedHook<
    Fields,
    Writable,
    Returns
  >;
}

/** What a definition is made of, at run time and by the compiler. */
export interface HookParts {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: Schema }[];
  readonly writable?: readonly string[];
  readonly returns: HookReturns;
  readonly default?: string | number;
  readonly helpers?: readonly string[];
  readonly maps?: readonly string[];
}

/** Room for contexts in the sandbox. */
const mostContextBytes = 32_768;

/** Checks a definition and lays its context out. Throws `InputError`. */
export function hookDefinition(parts: HookParts): HookDefinition {
  const { name, fields, writable = [], helpers, maps } = parts;
  const wrong = (what: string) => new InputError("HOOK_DEFINITION", `the hook ${name}: ${what}`);
  for (const field of writable) {
    if (!fields.some((one) => one.name === field))
      throw wrong(`writable names ${field}, which is no field of its context`);
  }
  const isWritable = (field: { readonly name: string }) => writable.includes(field.name);
  const ordered = [...fields.filter(isWritable), ...fields.filter((field) => !isWritable(field))];
  const layout = struct(Object.fromEntries(ordered.map((field) => [field.name, field.type])) as ByteFields);
  if (layout.sizeBytes === 0 || layout.sizeBytes > mostContextBytes) {
    throw wrong(`its context has ${layout.sizeBytes} bytes; there is room for 1 to ${mostContextBytes}`);
  }
  const returns = returnsOf(parts.returns, wrong);
  const spec: DefinedHookSpec = {
    name,
    fields: layout.fields.map(({ name: field, type, offset }) => ({
      name: field,
      type: typeText(type, wrong),
      offset,
      sizeBytes: type.sizeBytes,
    })),
    contextBytes: layout.sizeBytes,
    writableBytes: Math.max(0, ...layout.fields.filter(isWritable).map(({ type, offset }) => offset + type.sizeBytes)),
    returns,
    default: defaultOf(returns, parts.default, wrong),
    ...(helpers && { helpers }),
    ...(maps && { maps }),
  };
  return { spec, layout };
}

type Wrong = (what: string) => InputError;

const isResult = (value: unknown) => Number.isInteger(value) && Math.abs(value as number) <= 0x7fff_ffff;
/** Names that a hook has for itself. */
const reserved: ReadonlySet<string> = new Set(["definition", "types", "apply", "bind", "call"]);

function returnsOf(returns: HookReturns, wrong: Wrong): DefinedReturns {
  if (Array.isArray(returns)) {
    const [least, most] = returns as readonly [number, number];
    if (!isResult(least) || !isResult(most) || least > most) throw wrong("a range of results is [least, most]");
    return { kind: "range", least, most };
  }
  const values = { ...(returns as Readonly<Record<string, number>>) };
  const entries = Object.entries(values);
  if (entries.length === 0) throw wrong("it needs results: { allow: 0, deny: 1 }");
  for (const [name, value] of entries) {
    if (!isResult(value)) throw wrong(`the result ${name} is to be a whole number of 32 bits`);
    if (reserved.has(name)) throw wrong(`a result cannot be named ${name}`);
  }
  if (new Set(entries.map(([, value]) => value)).size < entries.length) throw wrong("two results are the same number");
  return { kind: "named", values };
}

function defaultOf(returns: DefinedReturns, given: string | number | undefined, wrong: Wrong): number {
  if (returns.kind === "range") {
    const value = Number(given ?? returns.least);
    if (value < returns.least || value > returns.most) throw wrong(`its default ${value} is outside of the range`);
    return value;
  }
  const value = given === undefined ? Object.values(returns.values)[0] : returns.values[given];
  if (value === undefined) throw wrong(`its default ${given} is none of its results`);
  return value;
}

function typeText(type: Schema, wrong: Wrong): string {
  switch (type.kind) {
    case "integer":
      return type.name;
    case "bytes":
      return `bytes(${type.length})`;
    case "array":
      return `array(${typeText(type.element, wrong)}, ${type.length})`;
    case "struct":
      return `struct(${type.fields.map((field) => `${field.name}: ${typeText(field.type, wrong)}`).join(", ")})`;
    default:
      throw wrong("a context holds numbers, byte strings, arrays and structs");
  }
}
