/** Sizes as they are typed. */

import { InputError } from "../errors/error.ts";

const units: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** `500K`, `64M`, `2G` or a number of bytes; `undefined` when nothing was typed. Throws `InputError`. */
export function parseSizeBytes(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit] = /^([1-9]\d{0,8})([KMG]?)$/i.exec(text) ?? [];
  if (number === undefined)
    throw new InputError("SIZE_INVALID", `${option} ${text}: not a size; write 500K, 64M or 2G`);
  return Number(number) * units[unit!.toUpperCase()]!;
}
