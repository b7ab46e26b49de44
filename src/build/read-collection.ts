/** A file → a collection: Kernel TypeScript is compiled, an object of clang's or ours is read. */

import { readFileSync } from "node:fs";
import { InputError } from "../errors/error.ts";
import type { CollectionSpec } from "../spec/index.ts";

/** What is told on the way, to whom it may concern. */
export interface ReadOptions {
  /** Gets each program after each pass of the compiler, as text. */
  readonly print?: (pass: string, program: string, text: string) => void;
}

/** Reads `path`: a `.ts` module, or an ELF object. The compiler is loaded only for the first. */
export async function readCollection(path: string, { print }: ReadOptions = {}): Promise<CollectionSpec> {
  if (isTypeScript(path)) {
    const [{ compile }, { kernelHalf }] = await Promise.all([import("../compiler/index.ts"), import("./halves.ts")]);
    const readFile = (module: string) => kernelHalf(module, readText(module));
    return compile({ entry: path, readFile, ...(print && { print }) });
  }
  if (!path.endsWith(".o")) {
    throw new InputError("FILE_KIND", `${path}: what is this? Give a module, FILE.ts, or an eBPF object, FILE.o`);
  }
  const { collectionFromElf } = await import("../elf/index.ts");
  return collectionFromElf(readBytes(path), path);
}

export const isTypeScript = (path: string): boolean => /\.m?ts$/.test(path);

function readText(path: string): string {
  return readBytes(path).toString("utf8");
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`;
    throw new InputError("FILE_UNREADABLE", `${path}: ${reason}`, { cause });
  }
}
