/** Makes BTF: types get ids in the order they are added, and the same calls give the same bytes. */

import { BugError } from "../errors/error.ts";
import { encodeType } from "./encode-type.ts";
import { BtfHeader, btfMagic } from "./format.ts";
import type { BtfType } from "./types.ts";

/** BTF that is being made: types get their ids as they are added. */
export interface BtfBuilder {
  /** The id of `type`: a new one, or that of a type added before which is the same in every part. */
  add(type: BtfType): number;
  /** An id for a type that is given later by `define`: for types that refer to themselves. */
  reserve(): number;
  define(id: number, type: BtfType): void;
  /** The offset of `text` in the string section; equal strings share one. */
  string(text: string): number;
  /** The whole file. Every reserved id must be defined by now. */
  encode(): Uint8Array;
}

/**
 * ```ts
 * const btf = createBtfBuilder();
 * const u32 = btf.add({ kind: "int", name: "u32", sizeBytes: 4, encoding: "unsigned" });
 * btf.add({ kind: "struct", name: "key", sizeBytes: 4, members: [{ name: "pid", type: u32, bitOffset: 0 }] });
 * btf.encode();
 * ```
 */
export function createBtfBuilder(): BtfBuilder {
  const strings = createStrings();
  /** The words of each type, from id 1 on; `undefined` while only reserved. */
  const types: (readonly number[] | undefined)[] = [];
  const idByWords = new Map<string, number>();

  return {
    add(type) {
      const words = encodeType(type, strings.offset);
      const key = words.join();
      const known = idByWords.get(key);
      if (known !== undefined) return known;
      const id = types.push(words);
      idByWords.set(key, id);
      return id;
    },
    reserve: () => types.push(undefined),
    define(id, type) {
      if (id < 1 || id > types.length || types[id - 1] !== undefined) {
        throw new BugError("BTF_NOT_RESERVED", `type id ${id} is not reserved`);
      }
      types[id - 1] = encodeType(type, strings.offset);
    },
    string: strings.offset,
    encode() {
      const missing = types.indexOf(undefined);
      if (missing !== -1) throw new BugError("BTF_NOT_DEFINED", `type id ${missing + 1} was reserved but not defined`);
      return assemble(
        types.flatMap((words) => words ?? []),
        strings.encode(),
      );
    },
  };
}

const encoder = new TextEncoder();

/** The string section: it begins with the empty string, and every string ends with a zero byte. */
function createStrings(): { offset(text: string): number; encode(): Uint8Array } {
  const offsets = new Map([["", 0]]);
  let length = 1;
  return {
    offset(text) {
      const known = offsets.get(text);
      if (known !== undefined) return known;
      if (text.includes("\0")) throw new BugError("BTF_BAD_STRING", "a string of BTF cannot hold a zero byte");
      const offset = length;
      offsets.set(text, offset);
      length += encoder.encode(text).length + 1;
      return offset;
    },
    encode: () => encoder.encode([...offsets.keys()].map((text) => `${text}\0`).join("")),
  };
}

function assemble(words: readonly number[], strings: Uint8Array): Uint8Array {
  const typeBytes = words.length * 4;
  const headerBytes = BtfHeader.sizeBytes;
  const file = new Uint8Array(headerBytes + typeBytes + strings.length);
  const view = new DataView(file.buffer);
  BtfHeader.encode(
    {
      magic: btfMagic,
      version: 1,
      flags: 0,
      headerBytes,
      typeOffset: 0,
      typeBytes,
      stringOffset: typeBytes,
      stringBytes: strings.length,
    },
    view,
  );
  words.forEach((word, index) => {
    view.setUint32(headerBytes + index * 4, word, true);
  });
  file.set(strings, headerBytes + typeBytes);
  return file;
}
