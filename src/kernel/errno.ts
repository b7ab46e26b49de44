/** Names of error numbers, from the running system. */

import { constants } from "node:os";

/** EWOULDBLOCK is another name of EAGAIN, which is how the manual of `bpf(2)` calls it. */
const { EWOULDBLOCK: _, ...numbers } = constants.errno;
const names = new Map(Object.entries(numbers).map(([name, value]) => [value, name]));

/** `EPERM` for 1, and so on; a number without a name stays a number. ENOTSUPP (524) is the kernel's own. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? (errno === 524 ? "ENOTSUPP" : `errno ${errno}`);
}

/** The number of a named error. */
export function errnoNumber(name: keyof typeof constants.errno): number {
  return constants.errno[name];
}
