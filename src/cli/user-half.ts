/** The user half of a module: its default export, a function that is called with the loaded collection. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isTypeScript } from "../build/read-collection.ts";
import type { RunContext } from "../collection/index.ts";
import { ProgramError, TarsierError } from "../errors/error.ts";

/** Frames of Tarsier's own say nothing of the user's code. */
const ownFolder = new URL("../../../", import.meta.url).href;

export type UserHalf = (context: RunContext) => unknown;

/** Imports the user half of a module; `undefined` when it has none. Throws `ProgramError`. */
export async function importUserHalf(path: string): Promise<UserHalf | undefined> {
  if (!isTypeScript(path)) return undefined;
  const [{ hasUserHalf }, { importTypeScript }] = await Promise.all([
    import("../build/halves.ts"),
    import("../build/import-typescript.ts"),
  ]);
  const text = readFileSync(path, "utf8");
  if (!hasUserHalf(path, text)) return undefined;
  // Its own text is looked at here, so that what is wrong with it is said by its path as it was given.
  const { stripTypes } = await import("../build/strip-types.ts");
  stripTypes(path, text);
  const module = await importTypeScript(pathToFileURL(resolve(path)).href).catch((error) => {
    throw asProgramError(path, error);
  });
  if (typeof module["default"] === "function") return module["default"] as UserHalf;
  throw new ProgramError(
    "USER_HALF_KIND",
    `${path}: its default export is no function: write \`export default async ({ maps }) => …\``,
  );
}

/** What a user half threw: its message in one line, and where in the user's own files. */
export function asProgramError(path: string, error: unknown): TarsierError {
  if (error instanceof TarsierError) return error;
  if (!(error instanceof Error)) return new ProgramError("USER_HALF_THREW", `${path}: ${String(error)}`);
  // Hooks of Node 20's loader are in a thread of their own, and errors come from there as mere copies.
  const { code } = error as { code?: unknown };
  const isOwn = typeof code === "string" && code.startsWith("PROGRAM_");
  const frames = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at .*file:\/\//.test(line) && !line.includes(ownFolder))
    .map((line) => line.replace("file://", ""));
  const [message] = error.message.split("\n");
  return new ProgramError("USER_HALF_THREW", isOwn ? message! : `${path}: ${message}`, {
    cause: error,
    ...(frames.length > 0 && { details: frames.join("\n") }),
  });
}
