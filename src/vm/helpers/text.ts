/** Helpers on text: comparing, numbers in it, formatting, printing. */

import type { Machine } from "../machine.ts";
import { errors, flagsOf, isNull, long, memoryArgument, sizeArgument } from "./arguments.ts";
import { bytesOfText, byteText, formatText } from "./format.ts";
import type { HelperGroup } from "./helper.ts";

const decoder = new TextDecoder();

/** `MAX_BPRINTF_VARARGS`. */
const mostValues = 12;

export const textHelpers: HelperGroup = {
  bpf_strncmp(machine) {
    const helper = "bpf_strncmp";
    const size = sizeArgument(machine, helper, 2);
    if (size < 0) return;
    const one = memoryArgument(machine, helper, 1, size);
    if (one < 0) return;
    for (let index = 0; index < size; index++) {
      const other = byteBehind(machine, helper, 3, index);
      if (other < 0) return;
      const difference = machine.u8[one + index]! - other;
      if (difference !== 0) return machine.result(difference < 0 ? -1 : 1);
      if (other === 0) break;
    }
    machine.result(0);
  },
  bpf_strtol: (machine) => parseNumber(machine, "bpf_strtol", true),
  bpf_strtoul: (machine) => parseNumber(machine, "bpf_strtoul", false),
  bpf_snprintf(machine) {
    const helper = "bpf_snprintf";
    const [size, dataBytes] = [sizeArgument(machine, helper, 2), sizeArgument(machine, helper, 5)];
    if (size < 0 || dataBytes < 0) return;
    const into = memoryArgument(machine, helper, 1, size, true);
    if (into < 0) return;
    const values = valuesArgument(machine, helper, 4, dataBytes);
    const format = textArgument(machine, helper, 3);
    if (values === undefined || format === undefined) return;
    const text = values.length > mostValues ? undefined : formatText(machine, format, values);
    if (text === undefined || dataBytes % 8 !== 0) return machine.result(errors.invalid);
    const bytes = bytesOfText(text);
    if (size > 0) {
      const kept = bytes.subarray(0, size - 1);
      machine.u8.set(kept, into);
      machine.u8[into + kept.length] = 0;
    }
    machine.result(bytes.length + 1);
  },
  bpf_trace_printk(machine) {
    const size = sizeArgument(machine, "bpf_trace_printk", 2);
    if (size < 0) return;
    const at = memoryArgument(machine, "bpf_trace_printk", 1, size);
    if (at < 0) return;
    print(machine, at, size, [long(machine, 3), long(machine, 4), long(machine, 5)]);
  },
  bpf_trace_vprintk(machine) {
    const helper = "bpf_trace_vprintk";
    const [size, dataBytes] = [sizeArgument(machine, helper, 2), sizeArgument(machine, helper, 4)];
    if (size < 0 || dataBytes < 0) return;
    const at = memoryArgument(machine, helper, 1, size);
    const values = valuesArgument(machine, helper, 3, dataBytes);
    if (at < 0 || values === undefined) return;
    if (dataBytes % 8 !== 0 || values.length > mostValues) return machine.result(errors.invalid);
    print(machine, at, size, values);
  },
};

function print(machine: Machine, at: number, size: number, values: readonly bigint[]): void {
  const bytes = machine.u8.slice(at, at + size);
  const end = bytes.indexOf(0);
  const text = end < 0 ? undefined : formatText(machine, byteText(bytes.subarray(0, end)), values);
  if (text === undefined) return machine.result(errors.invalid);
  machine.surroundings.print(decoder.decode(bytesOfText(text)));
  machine.result(text.length);
}

function valuesArgument(machine: Machine, helper: string, register: number, size: number): bigint[] | undefined {
  const at = memoryArgument(machine, helper, register, size);
  if (at < 0) return undefined;
  return Array.from({ length: size >> 3 }, (_, index) => machine.view.getBigUint64(at + index * 8, true));
}

/** The byte `offset` behind the pointer in a register; -1 with a complaint. */
function byteBehind(machine: Machine, helper: string, register: number, offset: number): number {
  const low = machine.registers[2 * register]! + offset;
  const at = machine.locate(low | 0, machine.registers[2 * register + 1]!, 1);
  if (at < 0) {
    machine.complain(`calls ${helper} with a text in r${register} that does not end`);
    return -1;
  }
  return machine.u8[at]!;
}

function textArgument(machine: Machine, helper: string, register: number): string | undefined {
  const bytes: number[] = [];
  for (let offset = 0; ; offset++) {
    const byte = byteBehind(machine, helper, register, offset);
    if (byte < 0) return undefined;
    if (byte === 0) return byteText(Uint8Array.from(bytes));
    bytes.push(byte);
  }
}

/** `__bpf_strtoll`: spaces, a sign, digits of base 8, 10 or 16, or of the base that their prefix says; the number of bytes read. */
function parseNumber(machine: Machine, helper: string, signed: boolean): void {
  const size = sizeArgument(machine, helper, 2);
  if (size < 0) return;
  const at = memoryArgument(machine, helper, 1, size);
  const result = memoryArgument(machine, helper, 4, 8, true);
  if (at < 0 || result < 0) return;
  const base = flagsOf(machine, 3);
  if (isNull(machine, 1) || size === 0 || ![0, 8, 10, 16].includes(base)) return machine.result(errors.invalid);
  const text = byteText(machine.u8.subarray(at, at + Math.min(size, 128)));
  const [lead = "", sign] = /^\s*(-?)/.exec(text) ?? [];
  const rest = text.slice(lead.length);
  const [prefix, actual] = baseOf(rest, base);
  const digits = new RegExp(`^[${digitsOf[actual]}]+`, "i").exec(rest.slice(prefix))?.[0];
  if (digits === undefined) return machine.result(errors.invalid);
  const magnitude = BigInt((actual === 16 ? "0x" : actual === 8 ? "0o" : "") + digits);
  const isNegative = sign === "-";
  if (!signed && isNegative) return machine.result(errors.invalid);
  const value = isNegative ? -magnitude : magnitude;
  const fits = signed ? BigInt.asIntN(64, value) === value : BigInt.asUintN(64, value) === value;
  if (!fits) return machine.result(errors.range);
  machine.view.setBigInt64(result, BigInt.asIntN(64, value), true);
  machine.result(lead.length + prefix + digits.length);
}

const digitsOf: Readonly<Record<number, string>> = { 8: "0-7", 10: "0-9", 16: "0-9a-f" };

/** How many bytes the prefix has, and the base. */
function baseOf(text: string, base: number): readonly [number, number] {
  const isHexadecimal = /^0x[0-9a-f]/i.test(text);
  if (base === 16) return [isHexadecimal ? 2 : 0, 16];
  if (base !== 0) return [0, base];
  if (isHexadecimal) return [2, 16];
  return [0, text.startsWith("0") ? 8 : 10];
}
