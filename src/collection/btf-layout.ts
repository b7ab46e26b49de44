/**
 * How a type of BTF lies in memory, as a layout that reads and writes it: maps and records can be decoded by what the
 * collection says of itself, whatever language it was written in.
 *
 * Up to 32 bits integers are numbers, wider ones bigints; arrays of bytes are `Uint8Array`; pointers are addresses.
 */

import { type Btf, type BtfComposite, type BtfMember, skipModifiers } from "../btf/index.ts";
import * as bytes from "../bytes/index.ts";
import { type Layout, layout } from "../bytes/layout.ts";
import { InputError } from "../errors/error.ts";
import { type Decoder, decoderOf } from "../maps/index.ts";
import { bitField } from "./bit-field.ts";

/** Any layout, its value's type known to the collection's author. */
export type AnyLayout = Layout<unknown>;

/** A struct or union as its members lie. */
export interface CompositeLayout extends AnyLayout {
  readonly kind: "struct";
  readonly fields: readonly PlacedField[];
}

interface PlacedField {
  readonly name: string;
  readonly type: AnyLayout;
  readonly offset: number;
}

/** The kinds that values are deep at most: what goes deeper is made of itself. */
const mostLevels = 32;

/** The layout of a type. Throws `InputError` for what has no size, such as a function. */
export function layoutOf(btf: Btf, typeId: number, level = 0): AnyLayout {
  if (level > mostLevels) throw new InputError("BTF_LOOP", `type ${typeId} of this BTF is made of itself`);
  const { type } = skipModifiers(btf, typeId);
  switch (type.kind) {
    case "int":
      return type.encoding === "bool"
        ? boolean(type.sizeBytes)
        : integer(type.name, type.sizeBytes, type.encoding === "signed");
    case "enum":
    case "enum64":
      return integer("", type.sizeBytes, type.signed);
    case "ptr":
      return bytes.u64 as AnyLayout;
    case "float":
      return float(type.sizeBytes);
    case "array": {
      const element = layoutOf(btf, type.element, level + 1);
      return isByte(btf, type.element) ? byteString(type.length) : list(element, type.length);
    }
    case "struct":
    case "union":
      return composite(btf, type, level);
    default:
      throw new InputError("BTF_NO_SIZE", `type ${typeId} of this BTF (${type.kind}) has no size`);
  }
}

export function isComposite(of: AnyLayout): of is CompositeLayout {
  return (of as Partial<CompositeLayout>).kind === "struct";
}

/** Bytes without a type. */
export function byteString(length: number): AnyLayout {
  if (length === 0) return empty(() => new Uint8Array());
  const plain = bytes.bytes(length);
  return {
    ...plain,
    // `array(u8, 4)` and `bytes(4)` are the same in BTF: lists are as welcome as byte strings.
    write: (view, offset, value) =>
      plain.write(view, offset, value instanceof Uint8Array ? value : Uint8Array.from(value as number[])),
  } as AnyLayout;
}

function isByte(btf: Btf, id: number): boolean {
  const { type } = skipModifiers(btf, id);
  return type.kind === "int" && type.sizeBytes === 1 && type.encoding !== "bool";
}

const byName: ReadonlyMap<string, AnyLayout> = new Map(
  bytes.bigEndianIntegers.map((type) => [type.name, type as unknown as AnyLayout]),
);
const bySize: Readonly<Record<string, AnyLayout>> = Object.fromEntries(
  bytes.integers.map((type) => [
    `${type.signed ? "signed" : "unsigned"} ${type.sizeBytes}`,
    type as unknown as AnyLayout,
  ]),
);

function integer(name: string, sizeBytes: number, signed: boolean): AnyLayout {
  const found = byName.get(name) ?? bySize[`${signed ? "signed" : "unsigned"} ${sizeBytes}`];
  return found !== undefined && found.sizeBytes === sizeBytes ? found : byteString(sizeBytes);
}

function boolean(sizeBytes: number): AnyLayout {
  const plain = integer("", sizeBytes, false);
  return layout<unknown>("this boolean", {
    sizeBytes,
    alignment: plain.alignment,
    read: (view, offset) => Number(plain.read(view, offset)) !== 0,
    write: (view, offset, value) => plain.write(view, offset, value ? 1 : 0),
  });
}

function float(sizeBytes: number): AnyLayout {
  if (sizeBytes !== 4 && sizeBytes !== 8) return byteString(sizeBytes);
  return layout<unknown>("this number", {
    sizeBytes,
    alignment: sizeBytes,
    read: (view, offset) => (sizeBytes === 4 ? view.getFloat32(offset, true) : view.getFloat64(offset, true)),
    write: (view, offset, value) =>
      sizeBytes === 4 ? view.setFloat32(offset, Number(value), true) : view.setFloat64(offset, Number(value), true),
  });
}

function list(element: AnyLayout, length: number): AnyLayout {
  if (length === 0 || element.sizeBytes === 0) return empty(() => []);
  return bytes.array(element as never, length) as unknown as AnyLayout;
}

function empty(value: () => unknown): AnyLayout {
  return layout<unknown>("nothing", { sizeBytes: 0, alignment: 1, read: value, write: () => {} });
}

function composite(btf: Btf, type: BtfComposite, level: number): CompositeLayout {
  const fields = type.members.flatMap((member) => place(btf, member, 0, level + 1));
  const { sizeBytes } = type;
  for (const { name, type: field, offset } of fields) {
    if (offset + field.sizeBytes > sizeBytes) {
      throw new InputError("BTF_MEMBER", `${type.name}.${name} of this BTF lies outside of its ${type.kind}`);
    }
  }
  const readMembers = (view: DataView, base: number): unknown =>
    Object.fromEntries(fields.map((field) => [field.name, field.type.read(view, base + field.offset)]));
  // Made when it is first needed: most types of a collection are never read.
  let decode: Decoder<unknown> | undefined;
  const core = layout<unknown>(type.name === "" ? `this ${type.kind}` : type.name, {
    sizeBytes,
    alignment: Math.max(1, ...fields.map((field) => field.type.alignment)),
    read(view, base) {
      decode ??= decoderOf({ fields, read: readMembers } as unknown as bytes.Struct) as Decoder<unknown>;
      return decode(view, base);
    },
    write(view, base, value) {
      new Uint8Array(view.buffer, view.byteOffset + base, sizeBytes).fill(0);
      for (const field of fields) {
        const given = (value as Record<string, unknown>)[field.name];
        // Of a union one member is given; what else is left out is zero.
        if (given !== undefined) field.type.write(view, base + field.offset, given);
      }
    },
  });
  return { ...core, kind: "struct", fields };
}

/** A member; those of one without a name are the outer struct's own. */
function place(btf: Btf, member: BtfMember, base: number, level: number): PlacedField[] {
  const { type } = skipModifiers(btf, member.type);
  const bitOffset = base + member.bitOffset;
  if (member.name === "") {
    if ((type.kind !== "struct" && type.kind !== "union") || level > mostLevels) return [];
    return type.members.flatMap((inner) => place(btf, inner, bitOffset, level + 1));
  }
  // A name from outside becomes a property, and part of a decoder's text.
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(member.name) || member.name === "__proto__") {
    throw new InputError("BTF_MEMBER_NAME", `"${member.name}" cannot name a member: this BTF is not of a compiler`);
  }
  if (member.bitSize !== undefined || bitOffset % 8 !== 0) {
    return [{ name: member.name, ...bitField(type, bitOffset, member.bitSize ?? 1) }];
  }
  return [{ name: member.name, type: layoutOf(btf, member.type, level + 1), offset: bitOffset / 8 }];
}
