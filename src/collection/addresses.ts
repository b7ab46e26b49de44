/** Addresses as text, for tests that describe packets and sockets. */

import { InputError } from "../errors/error.ts";

/** `10.0.0.1` as the number that programs see: the first byte is the highest. */
export function parseIp4(text: string): number {
  const parts = text.split(".");
  const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256);
  if (!isAddress) throw notAnAddress(text, "10.0.0.1");
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** `2001:db8::1`, `::ffff:10.0.0.1` (RFC 4291, section 2.2) as four words, the first one first. */
export function parseIp6(text: string): readonly number[] {
  const groups = groupsOf(text);
  return [0, 2, 4, 6].map((index) => groups[index]! * 65_536 + groups[index + 1]!);
}

function groupsOf(text: string): readonly number[] {
  const [head, tail, more] = text.split("::");
  const first = partGroups(head!, text);
  const last = tail === undefined ? [] : partGroups(tail, text);
  const missing = 8 - first.length - last.length;
  if (more !== undefined || (tail === undefined ? missing !== 0 : missing < 1)) throw notAnAddress(text, "2001:db8::1");
  return [...first, ...Array<number>(missing).fill(0), ...last];
}

function partGroups(part: string, text: string): readonly number[] {
  if (part === "") return [];
  return part.split(":").flatMap((group) => {
    if (group.includes(".")) {
      const address = parseIp4(group);
      return [Math.floor(address / 65_536), address % 65_536];
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) throw notAnAddress(text, "2001:db8::1");
    return [Number.parseInt(group, 16)];
  });
}

function notAnAddress(text: string, example: string): InputError {
  return new InputError("ADDRESS_TEXT", `${JSON.stringify(text)} is no address: write it as ${example}`);
}
