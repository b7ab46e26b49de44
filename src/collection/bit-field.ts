/** Members of a struct that take some bits only. */

import type { BtfType } from "../btf/index.ts";
import { type Layout, layout } from "../bytes/layout.ts";

/** Where the bytes begin that hold the bits, and how they are read and written. */
export function bitField(
  type: BtfType,
  bitOffset: number,
  bitSize: number,
): { readonly type: Layout<unknown>; readonly offset: number } {
  const offset = Math.floor(bitOffset / 8);
  const shift = bitOffset % 8;
  const sizeBytes = Math.ceil((shift + bitSize) / 8);
  const signed = type.kind === "int" ? type.encoding === "signed" : "signed" in type && type.signed;
  const isBoolean = type.kind === "int" && type.encoding === "bool";
  const isWide = "sizeBytes" in type && type.sizeBytes > 4;
  const core = layout<unknown>("these bits", {
    sizeBytes,
    alignment: 1,
    read(view, at) {
      const bits = (wordAt(view, at, sizeBytes) >> BigInt(shift)) & mask(bitSize);
      const value = signed ? BigInt.asIntN(bitSize, bits) : bits;
      if (isBoolean) return value !== 0n;
      return isWide ? value : Number(value);
    },
    write(view, at, value) {
      const bits = (BigInt(value as number | bigint | boolean) & mask(bitSize)) << BigInt(shift);
      let word = (wordAt(view, at, sizeBytes) & ~(mask(bitSize) << BigInt(shift))) | bits;
      for (let index = 0; index < sizeBytes; index++, word >>= 8n) view.setUint8(at + index, Number(word & 0xffn));
    },
  });
  return { type: core, offset };
}

const mask = (bitSize: number): bigint => (1n << BigInt(bitSize)) - 1n;

function wordAt(view: DataView, at: number, sizeBytes: number): bigint {
  let word = 0n;
  for (let index = sizeBytes - 1; index >= 0; index--) word = (word << 8n) | BigInt(view.getUint8(at + index));
  return word;
}
