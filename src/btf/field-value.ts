/** What a relocation asks of a field: its offset, size, sign, or the shifts that cut a bit field out. */

import type { CoreRelocationKind } from "../spec/collection.ts";
import type { FieldPlace } from "./field-path.ts";
import { isEnum, sizeOf, skipModifiers } from "./walk.ts";

/** The aligned memory a field is read from. For bit fields it is the unit around them. */
interface FieldUnit {
  readonly byteOffset: number;
  readonly byteSize: number;
  /** Bits before the field within the unit, and bits of the field. */
  readonly bitsBefore: number;
  readonly bitSize: number;
}

/** The value of a relocation of a field that exists; `undefined` when the field has no such value. */
export function fieldValue(kind: CoreRelocationKind, place: FieldPlace): number | undefined {
  if (kind === "fieldExists") return 1;
  if (kind === "fieldSigned") return isSigned(place) ? 1 : 0;
  const unit = unitOf(place);
  if (unit === undefined) return undefined;

  switch (kind) {
    case "fieldByteOffset":
      return unit.byteOffset;
    case "fieldByteSize":
      return unit.byteSize;
    // A field is cut out of a 64-bit register by shifting left, which drops what is above it, then right.
    case "fieldLeftShift":
      return 64 - (unit.bitsBefore + unit.bitSize);
    case "fieldRightShift":
      return 64 - unit.bitSize;
    default:
      return undefined;
  }
}

function isSigned({ btf, type: id }: FieldPlace): boolean {
  const { type } = skipModifiers(btf, id);
  return type.kind === "int" ? type.encoding === "signed" : isEnum(type) && type.signed;
}

/** As `bpf_core_calc_field_relo` of libbpf: a bit field's unit grows until the field lies within it. */
function unitOf({ btf, bitOffset, type, member }: FieldPlace): FieldUnit | undefined {
  const typeSize = sizeOf(btf, type);
  if (typeSize === undefined) return undefined;
  const bitSize = member?.bitSize;
  if (bitSize === undefined) {
    return { byteOffset: Math.floor(bitOffset / 8), byteSize: typeSize, bitsBefore: 0, bitSize: typeSize * 8 };
  }
  for (let byteSize = typeSize; byteSize >= 1 && byteSize <= 8; byteSize *= 2) {
    const byteOffset = Math.floor(bitOffset / 8 / byteSize) * byteSize;
    const bitsBefore = bitOffset - byteOffset * 8;
    if (bitsBefore + bitSize <= byteSize * 8) return { byteOffset, byteSize, bitsBefore, bitSize };
  }
  return undefined;
}
