/** A program or library on disk: opened, asked, closed. Only the parts that are asked for are read. */

import { type ElfFile, readElf } from "../read.ts";
import { openSource } from "../source.ts";
import type { ElfSymbol } from "../symbols.ts";
import { addressOfOffset, fileOffsetOf } from "./address.ts";
import { type DynamicLinking, dynamicLinkingOf } from "./dynamic.ts";
import { findSymbols } from "./find-symbols.ts";
import { type FunctionAt, functionsByAddress } from "./functions-by-address.ts";
import { buildIdOf, debugLinkOf } from "./notes.ts";
import { type UserProbe, userProbesOf } from "./user-probes.ts";

/** A program or library, as what attaches probes to it asks. */
export interface Binary {
  readonly file: ElfFile;
  /** The defined symbols of these names; those that are not there are absent. */
  symbols(names: readonly string[]): ReadonlyMap<string, ElfSymbol>;
  /** Where the code of a symbol is in the file: what a uprobe is attached by. */
  fileOffset(name: string): number | undefined;
  fileOffsetOf(address: bigint): number | undefined;
  addressOfOffset(offset: number): bigint | undefined;
  /** The function that an address, as linked, is in. The first call indexes all functions. */
  functionAt(address: bigint): FunctionAt | undefined;
  readonly buildId: string | undefined;
  readonly debugLink: { readonly fileName: string; readonly crc32: number } | undefined;
  readonly linking: DynamicLinking;
  userProbes(): readonly UserProbe[];
  close(): void;
}

/**
 * Opens a program or library; for a file of another process, by `pathInProcess`.
 *
 * ```ts
 * const node = openBinary(process.execPath);
 * try {
 *   node.fileOffset("SSL_write");
 * } finally {
 *   node.close();
 * }
 * ```
 */
export function openBinary(path: string): Binary {
  const source = openSource(path);
  try {
    const file = readElf(source);
    let functions: ReturnType<typeof functionsByAddress> | undefined;
    return {
      file,
      symbols: (names) => findSymbols(file, names),
      fileOffset(name) {
        const symbol = findSymbols(file, [name]).get(name);
        return symbol && fileOffsetOf(file, symbol.value);
      },
      fileOffsetOf: (address) => fileOffsetOf(file, address),
      addressOfOffset: (offset) => addressOfOffset(file, offset),
      functionAt(address) {
        functions ??= functionsByAddress(file);
        return functions(address);
      },
      get buildId() {
        return buildIdOf(file);
      },
      get debugLink() {
        return debugLinkOf(file);
      },
      get linking() {
        return dynamicLinkingOf(file);
      },
      userProbes: () => userProbesOf(file),
      close: source.close,
    };
  } catch (error) {
    source.close();
    throw error;
  }
}
