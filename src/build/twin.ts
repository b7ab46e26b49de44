/**
 * The compiled twin of a module: `flows.js` beside, or in the place of, `flows.ts`. It holds the collection as text, and
 * what it was made of, so that a twin that is out of date is seen where the sources are there.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { type CollectionSpec, collectionFromJson } from "../spec/index.ts";

/** The name under which a twin exports its collection. */
export const twinExport = "$collection";

/** What a twin exports. */
export interface Twin {
  /** As `collectionToJson` writes it. */
  readonly json: string;
  /** SHA-256 of each module it was made of, by its path relative to the twin's source. */
  readonly sources: Readonly<Record<string, string>>;
}

/** The URL of the twin of a module in TypeScript. */
export function twinOf(source: URL): URL {
  return new URL(source.href.replace(/\.(m?)ts$/, ".$1js"));
}

/** The collection of a twin, if there is one and it is of the sources that are there. */
export async function collectionOfTwin(twin: URL, source: URL | undefined): Promise<CollectionSpec | undefined> {
  if (twin.protocol === "file:" && !existsSync(twin)) return undefined;
  const module = (await import(twin.href)) as Readonly<Record<string, Twin | undefined>>;
  const found = module[twinExport];
  if (found === undefined || (source !== undefined && !isUpToDate(found, source))) return undefined;
  return collectionFromJson(found.json, twin.href);
}

export function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function isUpToDate({ sources }: Twin, source: URL): boolean {
  return Object.entries(sources).every(([path, hash]) => {
    const url = new URL(path, source);
    return !existsSync(url) || hashOf(readFileSync(url)) === hash;
  });
}
