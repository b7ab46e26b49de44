/** Contexts of an application's hook, written into the memory of the sandbox and read back: one writer a field, nothing is made on the way. */

import type { Schema } from "../bytes/index.ts";
import type { HookDefinition } from "../program/index.ts";
import { contextAt, type Machine } from "../vm/index.ts";

type Values = Record<string, unknown>;

export interface ContextCodec {
  /** Writes every field; one that is not given is zero. */
  write(values: Values): void;
  /** Reads the writable fields back into the object that was given. */
  readBack(values: Values): void;
}

type Writer = (machine: Machine, value: unknown) => void;

export function contextCodec(machine: Machine, { spec, layout }: HookDefinition): ContextCodec {
  const fields = layout.fields.map(({ name, type, offset }) => ({
    name,
    type,
    offset,
    write: writerOf(type, contextAt + offset),
  }));
  const writable = fields.filter(({ offset }) => offset < spec.writableBytes);
  return {
    write(values) {
      for (const { name, write } of fields) write(machine, values[name]);
    },
    readBack(values) {
      for (const { name, type, offset } of writable) values[name] = type.read(machine.view, contextAt + offset);
    },
  };
}

function writerOf(type: Schema, at: number): Writer {
  if (type.kind === "bytes") return bytesWriter(at, type.length);
  if (type.kind !== "integer") {
    return (machine, value) => {
      if (value === undefined) machine.u8.fill(0, at, at + type.sizeBytes);
      else type.write(machine.view, at, value as never);
    };
  }
  const isLittle = type.bigEndian !== true;
  switch (type.sizeBytes) {
    case 1:
      return (machine, value) => {
        machine.u8[at] = Number(value ?? 0);
      };
    case 2:
      return (machine, value) => machine.view.setUint16(at, Number(value ?? 0), isLittle);
    case 4:
      return (machine, value) => machine.view.setUint32(at, Number(value ?? 0), isLittle);
    default:
      return (machine, value) => {
        if (typeof value === "bigint") return machine.view.setBigUint64(at, value, isLittle);
        const number = Number(value ?? 0);
        machine.view.setUint32(isLittle ? at : at + 4, number >>> 0, isLittle);
        machine.view.setUint32(isLittle ? at + 4 : at, Math.floor(number / 2 ** 32) >>> 0, isLittle);
      };
  }
}

const encoder = new TextEncoder();

/** Bytes, or text in UTF-8, cut off at the field's end; zeros behind it. */
function bytesWriter(at: number, length: number): Writer {
  return ({ u8 }, value) => {
    let used = 0;
    if (typeof value === "string") used = writeText(u8, value, at, length);
    else if (value instanceof Uint8Array) {
      used = Math.min(value.length, length);
      u8.set(used === value.length ? value : value.subarray(0, used), at);
    }
    u8.fill(0, at + used, at + length);
  };
}

function writeText(u8: Uint8Array, text: string, at: number, length: number): number {
  const count = Math.min(text.length, length);
  for (let index = 0; index < count; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return encoder.encodeInto(text, u8.subarray(at, at + length)).written;
    u8[at + index] = code;
  }
  return count;
}
