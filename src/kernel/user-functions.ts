/** Functions and statically defined probes of programs and libraries, as offsets in their files. */

import { type Binary, openBinary, type UserProbe } from "../elf/index.ts";
import { InputError } from "../errors/error.ts";

/** The parts of a hook's target `PATH:SYMBOL` or `PATH:0xOFFSET`. */
export interface UserTarget {
  readonly binary: string | undefined;
  readonly symbol: string | undefined;
  readonly offset: number | undefined;
}

export function parseUserTarget(target: string): UserTarget {
  const colon = target.lastIndexOf(":");
  if (colon < 0) return { binary: target || undefined, symbol: undefined, offset: undefined };
  const [binary, place] = [target.slice(0, colon), target.slice(colon + 1)];
  return /^0x[0-9a-f]+$/i.test(place)
    ? { binary, symbol: undefined, offset: Number(place) }
    : { binary, symbol: place, offset: undefined };
}

/** The offset in the file of a function, by its name in the symbol tables. */
export function functionOffset(path: string, symbol: string): number {
  const offset = withBinary(path, (binary) => binary.fileOffset(symbol));
  if (offset !== undefined) return offset;
  throw new InputError(
    "FUNCTION_ABSENT",
    `${path} has no function ${symbol} in its symbol tables: give its offset instead`,
  );
}

/** The statically defined probes of a file that a program can be attached to. */
export function staticProbes(path: string): (UserProbe & { readonly fileOffset: number })[] {
  return withBinary(path, (binary) => binary.userProbes()).flatMap((probe) =>
    probe.fileOffset === undefined ? [] : [{ ...probe, fileOffset: probe.fileOffset }],
  );
}

function withBinary<Result>(path: string, use: (binary: Binary) => Result): Result {
  const binary = openBinary(path);
  try {
    return use(binary);
  } finally {
    binary.close();
  }
}
