/**
 * Decoders for records that come by the million. A schema's own `read` walks its fields and costs some 80 ns for four of
 * them; what is made here is one expression for the schema, and costs 15. Closures do not reach that: as soon as a
 * program has more than a few schemas, V8 sees many shapes at the one place where their objects are made (85 to 450 ns).
 */

import type { FieldTypes, Schema, Struct, StructValue } from "../bytes/index.ts";

/** Reads a value at an offset, which the caller has checked. */
export type Decoder<Value> = (view: DataView, offset: number) => Value;

type Read = Decoder<unknown>;

/** The decoder of a struct: field names are C identifiers, which `struct` has checked, so that none can be code. */
export function decoderOf<Fields extends FieldTypes>(schema: Struct<Fields>): Decoder<StructValue<Fields>> {
  const reads: Read[] = [];
  const body = expressionFor(schema, 0, reads);
  const names = reads.map((_, index) => `read${index}`).join(", ");
  try {
    const make = new Function("reads", `const [${names}] = reads; return (view, offset) => (${body});`);
    return make(reads) as Decoder<StructValue<Fields>>;
  } catch (error) {
    // Node was told to make no code from strings.
    if (error instanceof EvalError) return schema.read;
    throw error;
  }
}

function expressionFor(schema: Schema, base: number, reads: Read[]): string {
  if (!isStruct(schema)) return `read${reads.push(schema.read as Read) - 1}(view, offset + ${base})`;
  const fields = schema.fields.map(({ name, type, offset }) => `${name}: ${expressionFor(type, base + offset, reads)}`);
  return `{ ${fields.join(", ")} }`;
}

function isStruct(schema: Schema): schema is Struct {
  return (schema as { kind?: unknown }).kind === "struct";
}
