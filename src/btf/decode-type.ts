/** The words of one type in a BTF file → the type. The other direction is `encode-type.ts`. */

import { InputError } from "../errors/error.ts";
import { flagOf, intEncodings, kindOf, partsOf, typeWords } from "./format.ts";
import { type BtfKind, type BtfMember, type BtfType, btfKinds, type IntEncoding, linkages } from "./types.ts";

/** Bytes after the three words that all types have: fixed ones, and so many for each part. Parts of a `func` are its linkage. */
const extraBytes: Readonly<Record<BtfKind, { readonly fixed: number; readonly each: number }>> = {
  void: { fixed: 0, each: 0 },
  int: { fixed: 4, each: 0 },
  ptr: { fixed: 0, each: 0 },
  array: { fixed: 12, each: 0 },
  struct: { fixed: 0, each: 12 },
  union: { fixed: 0, each: 12 },
  enum: { fixed: 0, each: 8 },
  fwd: { fixed: 0, each: 0 },
  typedef: { fixed: 0, each: 0 },
  volatile: { fixed: 0, each: 0 },
  const: { fixed: 0, each: 0 },
  restrict: { fixed: 0, each: 0 },
  func: { fixed: 0, each: 0 },
  funcProto: { fixed: 0, each: 8 },
  var: { fixed: 4, each: 0 },
  datasec: { fixed: 0, each: 12 },
  float: { fixed: 0, each: 0 },
  declTag: { fixed: 4, each: 0 },
  typeTag: { fixed: 0, each: 0 },
  enum64: { fixed: 0, each: 12 },
};

const kindNames = Object.keys(btfKinds) as BtfKind[];
const sizeByKind = kindNames.map((kind) => extraBytes[kind]);

/** How many bytes a type with this second word takes; an error for a kind whose size nobody here knows. */
export function typeBytesOf(info: number): number {
  const kind = kindOf(info);
  const extra = sizeByKind[kind];
  if (extra === undefined || kind === btfKinds.void) {
    throw new InputError("BTF_UNKNOWN_KIND", `this BTF has a type of kind ${kind}, which Tarsier does not know yet`);
  }
  return typeWords * 4 + extra.fixed + extra.each * partsOf(info);
}

/** The type at byte `at`, where `typeBytesOf` bytes are present. `string` reads a name. */
export function decodeType(view: DataView, at: number, string: (offset: number) => string): BtfType {
  const word = (index: number) => view.getUint32(at + index * 4, true);
  const info = word(1);
  const kind = kindNames[kindOf(info)]!;
  const nameOffset = word(0);
  const sizeOrType = word(2);
  const flag = flagOf(info);
  /** The parts after the common words, each from its first word on. */
  const parts = <Part>(words: number, part: (first: number) => Part): Part[] =>
    Array.from({ length: partsOf(info) }, (_, index) => part(typeWords + index * words));

  switch (kind) {
    case "void":
      return { kind };
    case "int":
      return { kind, name: string(nameOffset), sizeBytes: sizeOrType, ...decodeInt(word(3), sizeOrType) };
    case "ptr":
    case "volatile":
    case "const":
    case "restrict":
      return { kind, type: sizeOrType };
    case "array":
      return { kind, element: word(3), index: word(4), length: word(5) };
    case "struct":
    case "union": {
      const members = parts(3, (at) => decodeMember(string(word(at)), word(at + 1), word(at + 2), flag));
      return { kind, name: string(nameOffset), sizeBytes: sizeOrType, members };
    }
    case "enum": {
      const bits = (value: number) => (flag ? BigInt(value | 0) : BigInt(value));
      const values = parts(2, (at) => ({ name: string(word(at)), value: bits(word(at + 1)) }));
      return { kind, name: string(nameOffset), sizeBytes: sizeOrType, signed: flag, values };
    }
    case "enum64": {
      const bits = (low: number, high: number) => (BigInt(flag ? high | 0 : high) << 32n) | BigInt(low);
      const values = parts(3, (at) => ({ name: string(word(at)), value: bits(word(at + 1), word(at + 2)) }));
      return { kind, name: string(nameOffset), sizeBytes: sizeOrType, signed: flag, values };
    }
    case "fwd":
      return { kind, name: string(nameOffset), of: flag ? "union" : "struct" };
    case "typedef":
    case "typeTag":
      return { kind, name: string(nameOffset), type: sizeOrType };
    case "func":
      return { kind, name: string(nameOffset), type: sizeOrType, linkage: linkages[partsOf(info)] ?? "static" };
    case "funcProto": {
      const parameters = parts(2, (at) => ({ name: string(word(at)), type: word(at + 1) }));
      return { kind, returns: sizeOrType, parameters };
    }
    case "var":
      return { kind, name: string(nameOffset), type: sizeOrType, linkage: linkages[word(3)] ?? "static" };
    case "datasec": {
      const variables = parts(3, (at) => ({ type: word(at), offset: word(at + 1), sizeBytes: word(at + 2) }));
      return { kind, name: string(nameOffset), sizeBytes: sizeOrType, variables };
    }
    case "float":
      return { kind, name: string(nameOffset), sizeBytes: sizeOrType };
    case "declTag":
      return { kind, name: string(nameOffset), type: sizeOrType, component: word(3) | 0 };
  }
}

type IntDetails = { readonly encoding: IntEncoding; readonly bits?: number; readonly bitOffset?: number };

function decodeInt(word: number, sizeBytes: number): IntDetails {
  const number = (word >>> 24) & 0x0f;
  const names = Object.keys(intEncodings) as IntEncoding[];
  const encoding = names.find((name) => intEncodings[name] === number) ?? "unsigned";
  const bitOffset = (word >>> 16) & 0xff;
  const bits = word & 0xff;
  return {
    encoding,
    ...(bits !== sizeBytes * 8 && { bits }),
    ...(bitOffset !== 0 && { bitOffset }),
  };
}

/** In structs with bit fields the upper byte of the offset is the size of the field in bits, 0 for plain ones. */
function decodeMember(name: string, type: number, offset: number, hasBitFields: boolean): BtfMember {
  if (!hasBitFields) return { name, type, bitOffset: offset };
  const bitSize = offset >>> 24;
  const bitOffset = offset & 0xff_ffff;
  return bitSize === 0 ? { name, type, bitOffset } : { name, type, bitOffset, bitSize };
}
