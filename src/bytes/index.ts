/** Binary layouts as values: one schema reads, writes and types a struct. */

export { type ArrayOf, array } from "./array.ts";
export { type Bytes, bytes } from "./byte-string.ts";
export {
  bigEndianIntegers,
  type Integer,
  type IntegerName,
  i8,
  i16,
  i32,
  i64,
  integers,
  u8,
  u16,
  u16be,
  u32,
  u32be,
  u64,
  u64be,
} from "./integer.ts";
export type { Layout, ValueOf } from "./layout.ts";
export type { Schema } from "./schema.ts";
export { type Field, type FieldTypes, type Struct, type StructValue, struct } from "./struct.ts";
