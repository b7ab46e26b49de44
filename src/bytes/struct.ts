/** Structs: named fields at natural C offsets. */

import { InputError } from "../errors/error.ts";
import { type Layout, layout, type ValueOf } from "./layout.ts";
import type { Schema } from "./schema.ts";

/** Field types by name, in memory order. */
export interface FieldTypes {
  readonly [name: string]: Schema;
}

/** The plain object a struct is decoded to. */
export type StructValue<Fields extends FieldTypes> = { -readonly [Name in keyof Fields]: ValueOf<Fields[Name]> };

/** One field and where it begins, in bytes. */
export interface Field {
  readonly name: string;
  readonly type: Schema;
  readonly offset: number;
}

/** Fields in memory order, padded as a C compiler for a 64-bit machine pads them. */
export interface Struct<Fields extends FieldTypes = FieldTypes> extends Layout<StructValue<Fields>> {
  readonly kind: "struct";
  readonly fields: readonly Field[];
  /** The field of that name, or `undefined`. */
  field(name: string): Field | undefined;
}

/**
 * A struct of the given fields:
 *
 * ```ts
 * const Key = struct({ address: bytes(16), port: u16 });
 * Key.decode(view).port;
 * ```
 */
export function struct<const Fields extends FieldTypes>(types: Fields): Struct<Fields> {
  type Value = StructValue<Fields>;
  const { fields, sizeBytes, alignment } = place(types);
  const byName = new Map(fields.map((field) => [field.name, field]));
  // A clone of a finished object has its shape at once; adding the names one by one to `{}` is slower.
  const shape = Object.fromEntries(fields.map(({ name }) => [name, 0 as unknown]));
  const readers = fields.map(({ name, type, offset }) => ({ name, offset, read: type.read }));
  const writers = fields.map(({ name, type, offset }) => ({ name, offset, write: (type as Layout<unknown>).write }));

  const core = layout<Value>("this struct", {
    sizeBytes,
    alignment,
    read(view, base) {
      const value: Record<string, unknown> = { ...shape };
      for (const { name, offset, read } of readers) value[name] = read(view, base + offset);
      return value as Value;
    },
    write(view, base, value) {
      new Uint8Array(view.buffer, view.byteOffset + base, sizeBytes).fill(0);
      for (const { name, offset, write } of writers) {
        write(view, base + offset, (value as Record<string, unknown>)[name]);
      }
    },
  });
  return { ...core, kind: "struct", fields, field: (name) => byName.get(name) };
}

/** Gives every field the next offset its alignment allows; the end is padded to the widest alignment. */
function place(types: FieldTypes): { fields: readonly Field[]; sizeBytes: number; alignment: number } {
  const fields: Field[] = [];
  let end = 0;
  let alignment = 1;
  for (const [name, type] of Object.entries(types)) {
    checkName(name);
    const offset = alignUp(end, type.alignment);
    fields.push({ name, type, offset });
    end = offset + type.sizeBytes;
    alignment = Math.max(alignment, type.alignment);
  }
  return { fields, sizeBytes: alignUp(end, alignment), alignment };
}

/** Numbers as names would change the order of fields, and the kernel takes only C identifiers. */
function checkName(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name === "__proto__") {
    throw new InputError("BYTES_BAD_FIELD", `"${name}" cannot name a field: use letters, digits and underscores`);
  }
}

function alignUp(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
