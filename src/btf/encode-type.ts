/** One type → its words in a BTF file. The other direction is `decode-type.ts`. */

import { BugError } from "../errors/error.ts";
import { intEncodings, packInfo } from "./format.ts";
import { type BtfInt, type BtfMember, type BtfType, btfKinds, linkages } from "./types.ts";

/** The 32-bit words of `type`; `string` gives the offset of a name. */
export function encodeType(type: BtfType, string: (text: string) => number): number[] {
  const { kind } = type;
  const words = (name: string, sizeOrType: number, parts: readonly (readonly number[])[] = [], flag = false) => [
    string(name),
    packInfo(btfKinds[kind], parts.length, flag),
    sizeOrType,
    ...parts.flat(),
  ];

  switch (type.kind) {
    case "void":
      throw new BugError("BTF_VOID", "void is id 0 of every BTF and cannot be added");
    case "int":
      return [...words(type.name, type.sizeBytes), integerWord(type)];
    case "ptr":
    case "volatile":
    case "const":
    case "restrict":
      return words("", type.type);
    case "array":
      return [...words("", 0), type.element, type.index, type.length];
    case "struct":
    case "union": {
      const flag = type.members.some(({ bitSize }) => bitSize !== undefined);
      const members = type.members.map((member) => [string(member.name), member.type, offsetWord(member)]);
      return words(type.name, type.sizeBytes, members, flag);
    }
    case "enum": {
      const values = type.values.map(({ name, value }) => [string(name), lowHalf(value)]);
      return words(type.name, type.sizeBytes, values, type.signed);
    }
    case "enum64": {
      const values = type.values.map(({ name, value }) => [string(name), lowHalf(value), lowHalf(value >> 32n)]);
      return words(type.name, type.sizeBytes, values, type.signed);
    }
    case "fwd":
      return words(type.name, 0, [], type.of === "union");
    case "typedef":
    case "typeTag":
      return words(type.name, type.type);
    case "func":
      return [string(type.name), packInfo(btfKinds.func, linkages.indexOf(type.linkage), false), type.type];
    case "funcProto":
      return words(
        "",
        type.returns,
        type.parameters.map(({ name, type }) => [string(name), type]),
      );
    case "var":
      return [...words(type.name, type.type), linkages.indexOf(type.linkage)];
    case "datasec":
      return words(
        type.name,
        type.sizeBytes,
        type.variables.map(({ type, offset, sizeBytes }) => [type, offset, sizeBytes]),
      );
    case "float":
      return words(type.name, type.sizeBytes);
    case "declTag":
      return [...words(type.name, type.type), type.component >>> 0];
  }
}

function integerWord({ sizeBytes, encoding, bits = sizeBytes * 8, bitOffset = 0 }: BtfInt): number {
  return (intEncodings[encoding] << 24) | (bitOffset << 16) | bits;
}

/** In structs with bit fields the upper byte is the size of the field in bits, 0 for plain ones. */
function offsetWord({ bitOffset, bitSize = 0 }: BtfMember): number {
  return ((bitSize << 24) | bitOffset) >>> 0;
}

function lowHalf(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}
