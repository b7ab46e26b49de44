/** What the dynamic linker is told: the libraries a file needs, and where to look for them. */

import { FieldReader, sectionTypes, segmentTypes } from "../format.ts";
import { type ElfFile, stringAt } from "../read.ts";
import { fileOffsetOf } from "./address.ts";

export interface DynamicLinking {
  /** File names, in the order the linker looks for symbols in them. */
  readonly needed: readonly string[];
  /** The name that others need it by. */
  readonly sharedName: string | undefined;
  readonly runPath: string | undefined;
}

const tags = { needed: 1n, strings: 5n, stringBytes: 10n, sharedName: 14n, rpath: 15n, runPath: 29n } as const;

/** No real file has as many entries. */
const mostEntryBytes = 1 << 20;

export function dynamicLinkingOf(file: ElfFile): DynamicLinking {
  const place = dynamicPart(file);
  const entryBytes = file.is64 ? 16 : 8;
  const bytes = place && file.read(place.offset, Math.min(place.sizeBytes, mostEntryBytes), "its dynamic section");
  const entries: [bigint, bigint][] = [];
  for (let at = 0; bytes !== undefined && at + entryBytes <= bytes.length; at += entryBytes) {
    const fields = new FieldReader(bytes.subarray(at, at + entryBytes), file);
    const tag = fields.address();
    if (tag === 0n) break;
    entries.push([tag, fields.address()]);
  }
  const value = (tag: bigint) => entries.find(([one]) => one === tag)?.[1];
  const start = fileOffsetOf(file, value(tags.strings) ?? -1n);
  const length = Number(value(tags.stringBytes) ?? 0n);
  const strings = start === undefined ? new Uint8Array(0) : file.read(start, length, "its dynamic strings");
  const text = (tag: bigint) => {
    const offset = value(tag);
    return offset === undefined ? undefined : stringAt(strings, Number(offset));
  };
  return {
    needed: entries.filter(([tag]) => tag === tags.needed).map(([, offset]) => stringAt(strings, Number(offset))),
    sharedName: text(tags.sharedName),
    runPath: text(tags.runPath) ?? text(tags.rpath),
  };
}

function dynamicPart(file: ElfFile): { readonly offset: number; readonly sizeBytes: number } | undefined {
  const segment = file.segments.find(({ type }) => type === segmentTypes.dynamic);
  if (segment !== undefined) return { offset: segment.offset, sizeBytes: segment.fileBytes };
  return file.sections.find(({ type }) => type === sectionTypes.dynamic);
}
