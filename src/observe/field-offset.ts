/** Where the fields of a record lie that are read in place, without decoding the record. */

import { BugError } from "../errors/error.ts";

/** The offset of a field in its struct, in bytes. */
export function fieldOffset(layout: { field(name: string): { offset: number } | undefined }, name: string): number {
  const field = layout.field(name);
  if (field === undefined) throw new BugError("FIELD_UNKNOWN", `a record has no field ${name}`);
  return field.offset;
}
