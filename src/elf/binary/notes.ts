/** Notes of programs and libraries: small records with the name of who made them. */

import { FieldReader, sectionTypes, segmentTypes } from "../format.ts";
import { type ElfFile, stringAt } from "../read.ts";

export interface ElfNote {
  readonly owner: string;
  readonly type: number;
  readonly description: Uint8Array;
}

/** More notes than a file needs: a bound for what a broken one may make us read. */
const mostNoteBytes = 1 << 24;

/** The notes of the sections of that name, or of all note segments when no name is given. */
export function readNotes(file: ElfFile, section?: string): ElfNote[] {
  const parts =
    section === undefined
      ? file.segments
          .filter(({ type }) => type === segmentTypes.note)
          .map((one) => ({ ...one, sizeBytes: one.fileBytes }))
      : file.sections.filter(({ type, name }) => type === sectionTypes.note && name === section);
  return parts
    .filter(({ sizeBytes }) => sizeBytes <= mostNoteBytes)
    .flatMap(({ offset, sizeBytes }) => parseNotes(file.read(offset, sizeBytes, "its notes"), file));
}

function parseNotes(bytes: Uint8Array, file: ElfFile): ElfNote[] {
  const notes: ElfNote[] = [];
  const aligned = (size: number) => Math.ceil(size / 4) * 4;
  for (let at = 0; at + 12 <= bytes.length; ) {
    const fields = new FieldReader(bytes.subarray(at, at + 12), file);
    const [nameBytes, descriptionBytes, type] = [fields.u32(), fields.u32(), fields.u32()];
    const description = at + 12 + aligned(nameBytes);
    const end = description + descriptionBytes;
    if (end > bytes.length) break;
    const owner = stringAt(bytes.subarray(at + 12, at + 12 + nameBytes), 0);
    notes.push({ owner, type, description: bytes.subarray(description, end) });
    at = aligned(end);
  }
  return notes;
}

const gnuBuildId = 3;

/** What the linker made of the file's contents, in hexadecimal: the same for the same build. */
export function buildIdOf(file: ElfFile): string | undefined {
  const named = readNotes(file, ".note.gnu.build-id");
  const note = [...named, ...readNotes(file)].find(({ owner, type }) => owner === "GNU" && type === gnuBuildId);
  return note && Buffer.from(note.description).toString("hex");
}

/** Where the symbols went when they were taken out: a file name, and the CRC-32 of that file. */
export function debugLinkOf(file: ElfFile): { readonly fileName: string; readonly crc32: number } | undefined {
  const section = file.section(".gnu_debuglink");
  if (section === undefined) return undefined;
  const bytes = file.contents(section);
  const fileName = stringAt(bytes, 0);
  const at = Math.ceil((Buffer.byteLength(fileName) + 1) / 4) * 4;
  if (fileName === "" || at + 4 > bytes.length) return undefined;
  return { fileName, crc32: new FieldReader(bytes.subarray(at, at + 4), file).u32() };
}
