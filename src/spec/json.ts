/** Collections as text: how a compiled program is stored beside its source. */

import { InputError } from "../errors/error.ts";
import type { CollectionSpec, ConfigSpec, MapSpec, ProgramSpec } from "./collection.ts";

/** Says what a file is, and which reader understands it. */
const format = "tarsier-collection-1";

/** One line of JSON; the same collection gives the same text. Bytes are base64, big numbers decimal. */
export function collectionToJson(spec: CollectionSpec): string {
  return JSON.stringify({
    format,
    ...spec,
    maps: spec.maps.map(storeMap),
    config: spec.config.map((field) => ({ ...field, initial: field.initial.toString() })),
    programs: spec.programs.map((program) => ({ ...program, code: toBase64(program.code) })),
    btf: toBase64(spec.btf),
  });
}

/** Reads what `collectionToJson` wrote. Throws `InputError` on anything else; `name` says where the text is from. */
export function collectionFromJson(text: string, name: string): CollectionSpec {
  let stored: StoredCollection;
  try {
    stored = JSON.parse(text);
  } catch (cause) {
    throw new InputError("COLLECTION_UNREADABLE", `${name} is no compiled collection: build it again`, { cause });
  }
  if (stored?.format !== format) {
    throw new InputError("COLLECTION_FORMAT", `${name} is not of the format ${format}: build it again`);
  }
  const { format: _, ...spec } = stored;
  return {
    ...spec,
    maps: stored.maps.map(readMap),
    config: stored.config.map((field) => ({ ...field, initial: BigInt(field.initial) })),
    programs: stored.programs.map((program) => ({ ...program, code: fromBase64(program.code) })),
    btf: fromBase64(stored.btf),
  };
}

interface StoredCollection extends Omit<CollectionSpec, "maps" | "config" | "programs" | "btf"> {
  readonly format: string;
  readonly maps: readonly StoredMap[];
  readonly config: readonly (Omit<ConfigSpec, "initial"> & { readonly initial: string })[];
  readonly programs: readonly (Omit<ProgramSpec, "code"> & { readonly code: string })[];
  readonly btf: string;
}

interface StoredMap extends Omit<MapSpec, "initial" | "inner"> {
  readonly initial?: string;
  readonly inner?: StoredMap;
}

function storeMap({ initial, inner, ...map }: MapSpec): StoredMap {
  return { ...map, ...(initial && { initial: toBase64(initial) }), ...(inner && { inner: storeMap(inner) }) };
}

function readMap({ initial, inner, ...map }: StoredMap): MapSpec {
  return { ...map, ...(initial && { initial: fromBase64(initial) }), ...(inner && { inner: readMap(inner) }) };
}

/** Characters that are made at once: engines take so many arguments. */
const chunkBytes = 8192;

function toBase64(bytes: Uint8Array): string {
  let characters = "";
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    characters += String.fromCharCode(...bytes.subarray(at, at + chunkBytes));
  }
  return btoa(characters);
}

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
