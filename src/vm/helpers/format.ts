/**
 * Formats of `bpf_trace_printk` and `bpf_snprintf` (`bpf_bprintf_prepare` in `kernel/bpf/helpers.c`). Texts here are bytes: a
 * character of a string each, whatever they mean.
 */

import type { Machine } from "../machine.ts";
import { readOutside, readTextOutside } from "./outside-memory.ts";

const directive = /%(%|([-+ #0]*)(\d*)(pK|px|ps|pS|pB|pks|pus|pi4|pI4|pi6|pI6|p|s|c|(?:hh|h|ll|l)?[diuxX]))/g;

/** The text; `undefined` for a format that the kernel refuses, or that wants more arguments than there are. */
export function formatText(machine: Machine, format: string, values: readonly bigint[]): string | undefined {
  let next = 0;
  let wrong = false;
  if (/%/.test(format.replaceAll(directive, ""))) return undefined;
  const text = format.replaceAll(directive, (_all, what: string, flags = "", width = "", kind = "") => {
    if (what === "%") return "%";
    const value = values[next++];
    if (value === undefined) {
      wrong = true;
      return "";
    }
    return padded(oneOf(machine, kind, flags, value), flags, Number(width), kind);
  });
  return wrong ? undefined : text;
}

function oneOf(machine: Machine, kind: string, flags: string, value: bigint): string {
  if (kind === "c") return String.fromCharCode(Number(value & 0xffn));
  if (kind === "s" || kind === "pks" || kind === "pus") {
    const into = new Uint8Array(512);
    const length = readTextOutside(machine, kind === "pus" ? "user" : kind === "pks" ? "kernel" : "any", value, into);
    return length < 0 ? "" : byteText(into.subarray(0, length - 1));
  }
  if (/^p[iI][46]$/.test(kind)) return addressText(machine, kind, value);
  if (kind.startsWith("p")) return BigInt.asUintN(64, value).toString(16).padStart(16, "0");
  const sizeBits = kind.includes("l") ? 64 : kind.startsWith("hh") ? 8 : kind.startsWith("h") ? 16 : 32;
  const letter = kind.at(-1);
  if (letter === "d" || letter === "i") {
    const number = BigInt.asIntN(sizeBits, value);
    return number >= 0n && flags.includes("+") ? `+${number}` : `${number}`;
  }
  const number = BigInt.asUintN(sizeBits, value);
  if (letter === "u") return `${number}`;
  const digits = number.toString(16);
  const prefix = flags.includes("#") && number !== 0n ? "0x" : "";
  return letter === "X" ? `${prefix}${digits}`.toUpperCase() : `${prefix}${digits}`;
}

function addressText(machine: Machine, kind: string, value: bigint): string {
  const bytes = new Uint8Array(kind.endsWith("4") ? 4 : 16);
  if (!readOutside(machine, "kernel", value, bytes)) return "";
  if (bytes.length === 4) {
    return kind[1] === "i" ? [...bytes].map((byte) => `${byte}`.padStart(3, "0")).join(".") : bytes.join(".");
  }
  const words = Array.from({ length: 8 }, (_, index) =>
    ((bytes[2 * index]! << 8) | bytes[2 * index + 1]!).toString(16),
  );
  return words.map((word) => word.padStart(4, "0")).join(kind[1] === "i" ? "" : ":");
}

function padded(text: string, flags: string, width: number, kind: string): string {
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0") || kind === "s" || kind === "c") return text.padStart(width);
  const sign = /^[-+]|^0x/i.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

/** Bytes as a string of as many characters. */
export function byteText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The bytes of such a string. */
export const bytesOfText = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
