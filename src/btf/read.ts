/**
 * Reads BTF without making an object of every type: the kernel's own has more than 100,000. Reading
 * finds where each type begins; a type is decoded when somebody asks for it.
 */

import { InputError } from "../errors/error.ts";
import { decodeType, typeBytesOf } from "./decode-type.ts";
import { BtfHeader, btfMagic, kindOf } from "./format.ts";
import { essentialName } from "./names.ts";
import { type BtfKind, type BtfType, btfKinds } from "./types.ts";

/** The types of a program, a kernel, or one of the kernel's modules. */
export interface Btf {
  /** How many types there are, `void` with id 0 and those of the base among them: ids are below this. */
  readonly count: number;
  /** The first id that is not of the base: 1 where there is none. */
  readonly firstId: number;
  /** The bytes of the string section, the base's included. */
  readonly stringBytes: number;
  /** A type, decoded at the first call; an error for an id that does not exist. */
  type(id: number): BtfType;
  kind(id: number): BtfKind;
  /** The first type of that kind and name. */
  find(name: string, kind: BtfKind): number | undefined;
  /** All types of that kind whose name is `name`, or `name` with a flavour (`name___old`). */
  findFlavours(name: string, kind: BtfKind): readonly number[];
  /** The string at an offset of the string section. */
  string(offset: number): string;
}

/**
 * Reads a BTF file, keeping `bytes`; an `InputError` when it is none. A module's types go on where those of the kernel,
 * its `base`, end ("split BTF"): ids and offsets of strings below that are the base's.
 */
export function readBtf(bytes: Uint8Array, base?: Btf): Btf {
  const { types, strings } = readSections(bytes, base !== undefined);
  const { offsets, kinds } = indexTypes(types);
  const view = new DataView(types.buffer, types.byteOffset, types.length);
  // The type at index 0 is `void`, which only a file without a base has.
  const firstId = base?.count ?? 1;
  const idOffset = firstId - 1;
  const stringOffset = base?.stringBytes ?? 0;
  const count = idOffset + offsets.length;

  const check = (id: number): void => {
    if (!Number.isInteger(id) || id < 0 || id >= count) {
      throw new InputError("BTF_NO_TYPE", `this BTF has no type ${id}; it has ${count}`);
    }
  };

  const string = (globalOffset: number): string => {
    if (base !== undefined && globalOffset < stringOffset) return base.string(globalOffset);
    const offset = globalOffset - stringOffset;
    const end = strings.indexOf(0, offset);
    if (offset >= strings.length || end === -1) {
      throw new InputError("BTF_NO_STRING", `this BTF has no string at offset ${globalOffset}`);
    }
    return decoder.decode(strings.subarray(offset, end));
  };

  /** Ids of types of `kind` whose name is `name`, also with a flavour where `flavours` are wanted. */
  const search = function* (name: string, kind: BtfKind, flavours: boolean): Generator<number> {
    const ends = flavours ? nameEndsOrFlavour : nameEnds;
    const matchesText = (text: string) => (flavours ? essentialName(text) : text) === name;
    const wanted = encoder.encode(name);
    const number = btfKinds[kind];
    if (wanted.length === 0) return;
    for (let index = kinds.indexOf(number, 1); index !== -1; index = kinds.indexOf(number, index + 1)) {
      const at = view.getUint32(offsets[index]!, true) - stringOffset;
      const matches =
        at < 0
          ? matchesText(base!.string(at + stringOffset))
          : startsWith(strings, at, wanted) && ends(at + wanted.length);
      if (matches) yield index + idOffset;
    }
  };
  const nameEnds = (at: number) => strings[at] === 0;
  const nameEndsOrFlavour = (at: number) => nameEnds(at) || startsWith(strings, at, flavourMark);

  const decoded = new Map<number, BtfType>([[0, { kind: "void" }]]);
  const found = new Map<string, readonly number[]>();

  return {
    count,
    firstId,
    stringBytes: stringOffset + strings.length,
    string,
    type(id) {
      if (id < firstId && base !== undefined) return base.type(id);
      const known = decoded.get(id);
      if (known !== undefined) return known;
      check(id);
      const type = decodeType(view, offsets[id - idOffset]!, string);
      decoded.set(id, type);
      return type;
    },
    kind(id) {
      if (id < firstId && base !== undefined) return base.kind(id);
      check(id);
      return kindNames[kinds[id - idOffset]!]!;
    },
    find: (name, kind) => base?.find(name, kind) ?? search(name, kind, false).next().value ?? undefined,
    findFlavours(name, kind) {
      const key = `${kind} ${name}`;
      const ids = found.get(key) ?? [...(base?.findFlavours(name, kind) ?? []), ...search(name, kind, true)];
      found.set(key, ids);
      return ids;
    },
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const flavourMark = encoder.encode("___");
const kindNames = Object.keys(btfKinds) as BtfKind[];

function startsWith(strings: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) {
    if (strings[at + index] !== wanted[index]) return false;
  }
  return true;
}

function readSections(bytes: Uint8Array, isSplit: boolean): { types: Uint8Array; strings: Uint8Array } {
  const header = BtfHeader.decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  if (header.magic !== btfMagic) {
    const reason = header.magic === 0x9feb ? "is big-endian, which is not supported" : "does not begin with its magic";
    throw new InputError("BTF_BAD_MAGIC", `this BTF ${reason}`);
  }
  if (header.version !== 1 || header.headerBytes < BtfHeader.sizeBytes) {
    throw new InputError("BTF_BAD_VERSION", `BTF version ${header.version} is not supported`);
  }

  const section = (name: string, offset: number, length: number): Uint8Array => {
    const start = header.headerBytes + offset;
    if (start + length > bytes.length) throw new InputError("BTF_CUT_OFF", `the ${name} of this BTF are cut off`);
    return bytes.subarray(start, start + length);
  };
  const strings = section("strings", header.stringOffset, header.stringBytes);
  const beginsRight = strings.length === 0 ? isSplit : isSplit || strings[0] === 0;
  if (!beginsRight || (strings.length > 0 && strings.at(-1) !== 0)) {
    throw new InputError("BTF_BAD_STRINGS", "the strings of this BTF do not begin and end with a zero byte");
  }
  return { types: section("types", header.typeOffset, header.typeBytes), strings };
}

/** Where each type begins and which kind it is, by id. */
function indexTypes(types: Uint8Array): { offsets: Uint32Array; kinds: Uint8Array } {
  const view = new DataView(types.buffer, types.byteOffset, types.length);
  // No type is smaller than 12 bytes; the arrays are cut to size below.
  const most = Math.floor(types.length / 12) + 1;
  const offsets = new Uint32Array(most);
  const kinds = new Uint8Array(most);
  let count = 1;
  for (let at = 0; at < types.length; count++) {
    const left = types.length - at;
    const info = left < 12 ? 0 : view.getUint32(at + 4, true);
    const size = left < 12 ? 12 : typeBytesOf(info);
    if (size > left) throw new InputError("BTF_CUT_OFF", `type ${count} of this BTF is cut off`);
    offsets[count] = at;
    kinds[count] = kindOf(info);
    at += size;
  }
  return { offsets: offsets.slice(0, count), kinds: kinds.slice(0, count) };
}
