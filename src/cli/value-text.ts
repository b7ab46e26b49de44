/** Values out of the kernel as text: for people, and as JSON. What programs copied from others is escaped in both. */

import { jsonString } from "../export/json-lines.ts";
import { escapeText } from "../observe/escape.ts";

/** A value in one line: `port=443 name=curl`. */
export function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return escapeText(bytesText(value));
  if (Array.isArray(value)) return `[${value.map(valueText).join(" ")}]`;
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([name, part]) => `${name}=${isNested(part) ? `{${valueText(part)}}` : valueText(part)}`)
      .join(" ");
  }
  return escapeText(String(value));
}

/** JSON: whole numbers that a double cannot hold are strings; so are bytes, as text or in hexadecimal. */
export function valueJson(value: unknown): string {
  if (value instanceof Uint8Array) return jsonString(bytesText(value));
  if (Array.isArray(value)) return `[${value.map(valueJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([name, part]) => `${jsonString(name)}:${valueJson(part)}`)
      .join(",")}}`;
  }
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
  }
  return typeof value === "string" ? jsonString(value) : (JSON.stringify(value) ?? "null");
}

const isNested = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

/** A text that ends in zeros, as names in the kernel do; anything else is `0x…`. */
function bytesText(bytes: Uint8Array): string {
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  const isText = end > 0 && bytes.subarray(0, end).every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText ? Buffer.from(bytes.subarray(0, end)).toString("latin1") : `0x${Buffer.from(bytes).toString("hex")}`;
}
