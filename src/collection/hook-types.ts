/** The types of an open hook, from those of its definition and of its programs' module. */

import type { ValueOf } from "../bytes/index.ts";
import type { FieldTypes, HookReturns } from "../program/index.ts";
import type { SimulatedMap } from "./simulation-types.ts";

/** A context as the application gives it. Fields that are left out are zero; writable ones are filled in. */
export type HookInput<Fields extends FieldTypes> = {
  -readonly [Name in keyof Fields]?: InputValue<ValueOf<Fields[Name]>>;
};

type InputValue<Value> = Value extends bigint
  ? bigint | number
  : Value extends Uint8Array
    ? Uint8Array | string
    : Value;

/** The name of a result, or a number of the range. */
export type HookResult<Returns extends HookReturns> = Returns extends readonly unknown[]
  ? number
  : keyof Returns & string;

type Named<Module, Kind> = { [Name in keyof Module]: Module[Name] extends Kind ? Name : never }[keyof Module];

export type HookMaps<Module> = {
  readonly [Name in Named<Module, { readonly kind: "map" }>]: SimulatedMap<Module[Name]>;
};
