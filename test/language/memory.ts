/** The evaluator's memory, and its bytes: little-endian, aligned as C aligns on 64-bit machines. */

import { bitsOf, type DataType, type IntegerName, isSigned, wrap } from "./tree.ts";

/** A place in memory that is reached by reference. One that is `absent`, behind the end of an array, reads as zeros. */
export type Memory =
  | { readonly kind: "struct"; readonly fields: Map<string, bigint | Memory>; readonly absent: boolean }
  | {
      readonly kind: "array";
      readonly items: (bigint | Memory)[];
      readonly element: DataType;
      readonly absent: boolean;
    }
  | { readonly kind: "bytes"; readonly data: Uint8Array; readonly absent: boolean };

/** A struct in place in some bytes: what is written to one shows in all that overlap it. */
export function viewOf(type: DataType & { kind: "struct" }, bytes: Uint8Array, at: number): Memory {
  const { offsets } = fieldsOf(type);
  return {
    kind: "struct",
    absent: false,
    fields: new ViewFields(
      type,
      bytes,
      offsets.map((offset) => at + offset),
    ),
  };
}

class ViewFields extends Map<string, bigint | Memory> {
  readonly #type: DataType & { kind: "struct" };
  readonly #bytes: Uint8Array;
  readonly #offsets: readonly number[];

  constructor(type: DataType & { kind: "struct" }, bytes: Uint8Array, offsets: readonly number[]) {
    super();
    this.#type = type;
    this.#bytes = bytes;
    this.#offsets = offsets;
  }

  override get(name: string): bigint {
    const { at, type } = this.#find(name);
    return readInteger(this.#bytes, at, type);
  }

  override set(name: string, value: bigint | Memory): this {
    const { at, type } = this.#find(name);
    writeInteger(this.#bytes, at, type, value as bigint);
    return this;
  }

  #find(name: string): { at: number; type: IntegerName } {
    const index = this.#type.fields.findIndex((field) => field.name === name);
    const { type } = this.#type.fields[index]!;
    if (type.kind !== "integer") throw new Error("views have integers only");
    return { at: this.#offsets[index]!, type: type.name };
  }
}

/** Zeros of a type. */
export function zeroOf(type: DataType, absent = false): bigint | Memory {
  switch (type.kind) {
    case "integer":
      return 0n;
    case "struct":
      return {
        kind: "struct",
        absent,
        fields: new Map(type.fields.map(({ name, type: of }) => [name, zeroOf(of, absent)])),
      };
    case "array":
      return {
        kind: "array",
        absent,
        element: type.element,
        items: Array.from({ length: type.length }, () => zeroOf(type.element, absent)),
      };
    case "bytes":
      return { kind: "bytes", absent, data: new Uint8Array(type.length) };
  }
}

export function copyOf(value: bigint | Memory): bigint | Memory {
  if (typeof value === "bigint") return value;
  switch (value.kind) {
    case "struct":
      return { ...value, absent: false, fields: new Map([...value.fields].map(([name, of]) => [name, copyOf(of)])) };
    case "array":
      return { ...value, absent: false, items: value.items.map(copyOf) };
    case "bytes":
      return { ...value, absent: false, data: value.data.slice() };
  }
}

/** Copies what `from` holds to where `to` is, which those who hold `to` see. */
export function copyInto(to: Memory, from: Memory): void {
  if (to === from || to.absent) return;
  if (to.kind === "bytes" && from.kind === "bytes") to.data.set(from.data);
  if (to.kind === "struct" && from.kind === "struct") {
    for (const [name, value] of from.fields) {
      const own = to.fields.get(name)!;
      if (typeof value === "bigint") to.fields.set(name, value);
      else copyInto(own as Memory, value);
    }
  }
  if (to.kind === "array" && from.kind === "array") {
    for (const [index, value] of from.items.entries()) {
      if (typeof value === "bigint") to.items[index] = value;
      else copyInto(to.items[index] as Memory, value);
    }
  }
}

export function sizeOf(type: DataType): number {
  switch (type.kind) {
    case "integer":
      return bitsOf(type.name) / 8;
    case "struct":
      return fieldsOf(type).size;
    case "array":
      return sizeOf(type.element) * type.length;
    case "bytes":
      return type.length;
  }
}

function alignmentOf(type: DataType): number {
  switch (type.kind) {
    case "integer":
      return bitsOf(type.name) / 8;
    case "struct":
      return Math.max(...type.fields.map((field) => alignmentOf(field.type)));
    case "array":
      return alignmentOf(type.element);
    case "bytes":
      return 1;
  }
}

function fieldsOf(type: DataType & { kind: "struct" }): { offsets: number[]; size: number } {
  const offsets: number[] = [];
  let end = 0;
  const up = (offset: number, to: number) => Math.ceil(offset / to) * to;
  for (const field of type.fields) {
    offsets.push(up(end, alignmentOf(field.type)));
    end = offsets.at(-1)! + sizeOf(field.type);
  }
  return { offsets, size: up(end, alignmentOf(type)) };
}

export function encode(
  type: DataType,
  value: bigint | Memory,
  bytes = new Uint8Array(sizeOf(type)),
  at = 0,
): Uint8Array {
  if (type.kind === "integer") writeInteger(bytes, at, type.name, value as bigint);
  else if (type.kind === "bytes") bytes.set((value as Memory & { kind: "bytes" }).data, at);
  else if (type.kind === "array") {
    const { items } = value as Memory & { kind: "array" };
    for (const [index, item] of items.entries()) encode(type.element, item, bytes, at + index * sizeOf(type.element));
  } else {
    const { offsets } = fieldsOf(type);
    const { fields } = value as Memory & { kind: "struct" };
    for (const [index, field] of type.fields.entries())
      encode(field.type, fields.get(field.name)!, bytes, at + offsets[index]!);
  }
  return bytes;
}

/** `bytes` as a value; padding is left out. */
export function decode(type: DataType, bytes: Uint8Array, at = 0): bigint | Memory {
  if (type.kind === "integer") return readInteger(bytes, at, type.name);
  if (type.kind === "bytes") return { kind: "bytes", absent: false, data: bytes.slice(at, at + type.length) };
  if (type.kind === "array") {
    const stride = sizeOf(type.element);
    const items = Array.from({ length: type.length }, (_, index) => decode(type.element, bytes, at + index * stride));
    return { kind: "array", absent: false, element: type.element, items };
  }
  const { offsets } = fieldsOf(type);
  const fields = type.fields.map(
    (field, index) => [field.name, decode(field.type, bytes, at + offsets[index]!)] as const,
  );
  return { kind: "struct", absent: false, fields: new Map(fields) };
}

export function readInteger(bytes: Uint8Array, at: number, type: IntegerName): bigint {
  let value = 0n;
  for (let byte = bitsOf(type) / 8 - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(bytes[at + byte]!);
  return isSigned(type) ? wrap(type, value) : value;
}

export function writeInteger(bytes: Uint8Array, at: number, type: IntegerName, value: bigint): void {
  for (let byte = 0; byte < bitsOf(type) / 8; byte++) bytes[at + byte] = Number((value >> BigInt(8 * byte)) & 255n);
}
