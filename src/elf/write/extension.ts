/** `.BTF.ext` of an object: functions, source lines and CO-RE relocations, by section. The reader is `object/extension.ts`. */

import { coreRelocationKinds } from "../../spec/collection.ts";
import {
  columnBits,
  extensionHeaderBytes,
  extensionMagic,
  functionRecordBytes,
  lineRecordBytes,
  relocationRecordBytes,
  type SectionExtension,
} from "../object/extension.ts";

/** The bytes of the section; `nameOffset` gives where the name of a section is in the strings of `.BTF`. */
export function writeExtension(
  sections: ReadonlyMap<string, SectionExtension>,
  nameOffset: (name: string) => number,
): Uint8Array {
  const part = <Key extends keyof SectionExtension>(
    key: Key,
    recordBytes: number,
    words: (record: SectionExtension[Key][number]) => number[],
  ): number[] => {
    const parts = [...sections].filter(([, extension]) => extension[key].length > 0);
    const bodies = parts.map(([name, extension]) => {
      const records: readonly SectionExtension[Key][number][] = extension[key];
      return [nameOffset(name), records.length, ...records.flatMap(words)];
    });
    return bodies.length === 0 ? [] : [recordBytes, ...bodies.flat()];
  };
  const functions = part("functions", functionRecordBytes, ({ offset, typeId }) => [offset, typeId]);
  const lines = part("lines", lineRecordBytes, ({ offset, fileNameOffset, textOffset, line, column }) => {
    // The format has 22 bits for a line and 10 for a column.
    const place = ((line << columnBits) | Math.min(column, (1 << columnBits) - 1)) >>> 0;
    return [offset, fileNameOffset, textOffset, place];
  });
  const relocations = part("relocations", relocationRecordBytes, ({ offset, typeId, accessOffset, kind }) => {
    return [offset, typeId, accessOffset, coreRelocationKinds[kind]];
  });
  const sizes = [functions, lines, relocations].map((words) => words.length * 4) as [number, number, number];
  const version = 1 << 16;
  const header = [extensionMagic | version, extensionHeaderBytes, 0, sizes[0], sizes[0], sizes[1]];
  const words = [...header, sizes[0] + sizes[1], sizes[2], ...functions, ...lines, ...relocations];
  return new Uint8Array(Uint32Array.from(words).buffer);
}
