/** `.BTF.ext`: functions, source lines and CO-RE relocations by section (`Documentation/bpf/btf.rst`). */

import { InputError } from "../../errors/error.ts";
import { type CoreRelocationKind, coreRelocationKinds } from "../../spec/collection.ts";

/** Offsets are in bytes into the section; strings are offsets into those of `.BTF`. */
export interface SectionExtension {
  readonly functions: readonly { readonly offset: number; readonly typeId: number }[];
  readonly lines: readonly {
    readonly offset: number;
    readonly fileNameOffset: number;
    readonly textOffset: number;
    readonly line: number;
    readonly column: number;
  }[];
  readonly relocations: readonly {
    readonly offset: number;
    readonly typeId: number;
    readonly accessOffset: number;
    readonly kind: CoreRelocationKind;
  }[];
}

export const extensionMagic = 0xeb9f;
/** Bytes of the header with the part on relocations, and of one record of each part. */
export const extensionHeaderBytes = 32;
export const functionRecordBytes = 8;
export const lineRecordBytes = 16;
export const relocationRecordBytes = 16;

/** In a line's last word: the line above, the column below. */
export const columnBits = 10;

const kindNames = Object.keys(coreRelocationKinds) as CoreRelocationKind[];

/** The parts of the section by the name of the section they are about; `string` reads a name of `.BTF`. */
export function readExtension(bytes: Uint8Array, string: (offset: number) => string): Map<string, SectionExtension> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): number => {
    if (at + 4 > bytes.length) throw new InputError("ELF_BAD_EXTENSION", "its .BTF.ext is cut off");
    return view.getUint32(at, true);
  };
  if ((word(0) & 0xffff) !== extensionMagic) {
    throw new InputError("ELF_BAD_EXTENSION", "its .BTF.ext does not begin with its magic");
  }
  const headerBytes = word(4);
  const found = new Map<string, { [Part in keyof SectionExtension]: SectionExtension[Part][number][] }>();
  const partsOf = (name: string) => {
    const known = found.get(name) ?? { functions: [], lines: [], relocations: [] };
    found.set(name, known);
    return known;
  };

  /** Walks one part: the size of a record, then for each section its name, a count and the records. */
  const walk = (field: number, recordBytes: number, take: (name: string, at: number) => void): void => {
    if (field + 8 > headerBytes) return;
    const start = headerBytes + word(field);
    const end = start + word(field + 4);
    if (end > bytes.length) throw new InputError("ELF_BAD_EXTENSION", "its .BTF.ext is cut off");
    if (end === start) return;
    const stride = word(start);
    if (stride < recordBytes) throw new InputError("ELF_BAD_EXTENSION", "its .BTF.ext has records that are too short");
    for (let at = start + 4; at < end; ) {
      const name = string(word(at));
      const count = word(at + 4);
      at += 8;
      if (at + count * stride > end) throw new InputError("ELF_BAD_EXTENSION", "its .BTF.ext is cut off");
      for (let index = 0; index < count; index++, at += stride) take(name, at);
    }
  };
  walk(8, functionRecordBytes, (name, at) => {
    partsOf(name).functions.push({ offset: word(at), typeId: word(at + 4) });
  });
  walk(16, lineRecordBytes, (name, at) => {
    const place = word(at + 12);
    const [line, column] = [place >>> columnBits, place & ((1 << columnBits) - 1)];
    partsOf(name).lines.push({
      offset: word(at),
      fileNameOffset: word(at + 4),
      textOffset: word(at + 8),
      line,
      column,
    });
  });
  walk(24, relocationRecordBytes, (name, at) => {
    const kind = kindNames[word(at + 12)];
    if (kind === undefined)
      throw new InputError("ELF_BAD_EXTENSION", `it has a CO-RE relocation of kind ${word(at + 12)}`);
    partsOf(name).relocations.push({ offset: word(at), typeId: word(at + 4), accessOffset: word(at + 8), kind });
  });
  return found;
}
