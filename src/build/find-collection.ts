/** A module's URL → its collection: from its compiled twin where there is one, else by compiling it. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InputError } from "../errors/error.ts";
import type { CollectionSpec } from "../spec/index.ts";
import { isTypeScript, readCollection } from "./read-collection.ts";
import { collectionOfTwin, twinOf } from "./twin.ts";

/** Finds the collection of `url`: `flows.ts`, its twin `flows.js`, or an object `flows.o`. */
export async function findCollection(url: URL): Promise<CollectionSpec> {
  if (url.protocol !== "file:") {
    throw new InputError(
      "MODULE_URL",
      `${url.href}: programs are loaded from files: give new URL("./flows.ts", import.meta.url)`,
    );
  }
  const path = fileURLToPath(url);
  if (isTypeScript(path)) {
    const found = await collectionOfTwin(twinOf(url), url);
    if (found !== undefined) return found;
    if (existsSync(url)) return readCollection(path);
    throw new InputError(
      "MODULE_ABSENT",
      `${path}: neither the module nor its compiled twin is there: run \`tarsier build --out-dir\``,
    );
  }
  if (/\.m?js$/.test(path)) {
    const found = await collectionOfTwin(url, undefined);
    if (found !== undefined) return found;
    throw new InputError(
      "MODULE_NOT_BUILT",
      `${path}: there are no compiled programs in it: run \`tarsier build --out-dir\``,
    );
  }
  return readCollection(path);
}
