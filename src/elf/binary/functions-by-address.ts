/** The function that an address is in: what turns samples of a stack into names. */

import { sectionTypes, symbolBytes, symbolTypes, undefinedSection } from "../format.ts";
import type { ElfFile } from "../read.ts";
import { readSymbols } from "../symbols.ts";

/** A function and how far behind its beginning the address is. */
export interface FunctionAt {
  readonly name: string;
  readonly address: bigint;
  readonly distance: number;
}

/** Indexes the functions of a file, from the fullest table it has; names are read as they are asked for. */
export function functionsByAddress(file: ElfFile): (address: bigint) => FunctionAt | undefined {
  const table =
    file.sections.find(({ type }) => type === sectionTypes.symtab) ??
    file.sections.find(({ type }) => type === sectionTypes.dynsym);
  if (table === undefined) return () => undefined;
  const symbols = readSymbols(file, table);
  const { starts, ends, indices } = indexFunctions(file, file.contents(table), symbols.count);

  return (address) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    const at = low - 1;
    if (at < 0 || address >= ends[at]!) return undefined;
    const start = starts[at]!;
    return { name: symbols.at(indices[at]!).name, address: start, distance: Number(address - start) };
  };
}

interface FunctionIndex {
  readonly starts: BigUint64Array;
  readonly ends: BigUint64Array;
  readonly indices: Uint32Array;
}

/** Where fields are in a symbol (`Elf32_Sym`, `Elf64_Sym`): there are too many symbols to make an object of each. */
const fieldOffsets = {
  32: { value: 4, size: 8, info: 12, section: 14 },
  64: { info: 4, section: 6, value: 8, size: 16 },
} as const;

/** Sorted by address, one for each; a function without a size reaches to the next one. */
function indexFunctions(file: ElfFile, bytes: Uint8Array, count: number): FunctionIndex {
  const { is64, littleEndian } = file;
  const stride = symbolBytes(is64);
  const at = is64 ? fieldOffsets[64] : fieldOffsets[32];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const address = (offset: number) =>
    is64 ? view.getBigUint64(offset, littleEndian) : BigInt(view.getUint32(offset, littleEndian));
  const found: { start: bigint; size: bigint; index: number }[] = [];
  for (let index = 1; index < count; index++) {
    const entry = index * stride;
    const type = view.getUint8(entry + at.info) & 0xf;
    if (type !== symbolTypes.function && type !== symbolTypes.indirect) continue;
    if (view.getUint16(entry + at.section, littleEndian) === undefinedSection) continue;
    found.push({ start: address(entry + at.value), size: address(entry + at.size), index });
  }
  found.sort((one, other) =>
    one.start < other.start ? -1 : one.start > other.start ? 1 : Number(other.size - one.size),
  );
  const kept = found.filter(({ start }, index) => index === 0 || found[index - 1]!.start !== start);
  const ends = kept.map(({ start, size }, index) =>
    size > 0n ? start + size : (kept[index + 1]?.start ?? start + 1n),
  );
  return {
    starts: BigUint64Array.from(kept.map(({ start }) => start)),
    ends: BigUint64Array.from(ends),
    indices: Uint32Array.from(kept.map(({ index }) => index)),
  };
}
