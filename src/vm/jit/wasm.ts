/** Instructions of WebAssembly (core specification 1.0, with sign extension and bulk memory), and the code of a function as it is written. */

import { type ByteWriter, byteWriter } from "./byte-writer.ts";

/** Value types, by their byte. */
export const types = { i32: 0x7f, i64: 0x7e } as const;

export type ValueType = keyof typeof types;

/** Instructions without operands, by their byte. */
export const plain = {
  unreachable: 0x00,
  else: 0x05,
  end: 0x0b,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  "i32.eqz": 0x45,
  "i32.eq": 0x46,
  "i32.ne": 0x47,
  "i32.lt_s": 0x48,
  "i32.lt_u": 0x49,
  "i32.gt_s": 0x4a,
  "i32.gt_u": 0x4b,
  "i32.le_s": 0x4c,
  "i32.le_u": 0x4d,
  "i32.ge_s": 0x4e,
  "i32.ge_u": 0x4f,
  "i64.eqz": 0x50,
  "i64.eq": 0x51,
  "i64.ne": 0x52,
  "i64.lt_s": 0x53,
  "i64.lt_u": 0x54,
  "i64.gt_s": 0x55,
  "i64.gt_u": 0x56,
  "i64.le_s": 0x57,
  "i64.le_u": 0x58,
  "i64.ge_s": 0x59,
  "i64.ge_u": 0x5a,
  "i32.add": 0x6a,
  "i32.sub": 0x6b,
  "i32.mul": 0x6c,
  "i32.div_s": 0x6d,
  "i32.div_u": 0x6e,
  "i32.rem_s": 0x6f,
  "i32.rem_u": 0x70,
  "i32.and": 0x71,
  "i32.or": 0x72,
  "i32.xor": 0x73,
  "i32.shl": 0x74,
  "i32.shr_s": 0x75,
  "i32.shr_u": 0x76,
  "i32.rotl": 0x77,
  "i64.add": 0x7c,
  "i64.sub": 0x7d,
  "i64.mul": 0x7e,
  "i64.div_s": 0x7f,
  "i64.div_u": 0x80,
  "i64.rem_s": 0x81,
  "i64.rem_u": 0x82,
  "i64.and": 0x83,
  "i64.or": 0x84,
  "i64.xor": 0x85,
  "i64.shl": 0x86,
  "i64.shr_s": 0x87,
  "i64.shr_u": 0x88,
  "i64.rotl": 0x89,
  "i32.wrap_i64": 0xa7,
  "i64.extend_i32_s": 0xac,
  "i64.extend_i32_u": 0xad,
  "i32.extend8_s": 0xc0,
  "i32.extend16_s": 0xc1,
  "i64.extend8_s": 0xc2,
  "i64.extend16_s": 0xc3,
  "i64.extend32_s": 0xc4,
} as const;

export type PlainInstruction = keyof typeof plain;

/** Loads and stores, with the exponent of their alignment. */
export const memory = {
  "i32.load": 0x28,
  "i64.load": 0x29,
  "i32.load8_s": 0x2c,
  "i32.load8_u": 0x2d,
  "i32.load16_s": 0x2e,
  "i32.load16_u": 0x2f,
  "i64.load8_s": 0x30,
  "i64.load8_u": 0x31,
  "i64.load16_s": 0x32,
  "i64.load16_u": 0x33,
  "i64.load32_s": 0x34,
  "i64.load32_u": 0x35,
  "i32.store": 0x36,
  "i64.store": 0x37,
  "i32.store8": 0x3a,
  "i32.store16": 0x3b,
  "i64.store8": 0x3c,
  "i64.store16": 0x3d,
  "i64.store32": 0x3e,
} as const;

export type MemoryInstruction = keyof typeof memory;

/** What is open: a branch names how many of them it leaves. */
export type Label = { readonly depth: number };

/** The code of one function as it is written, instruction by instruction. */
export interface Code {
  readonly writer: ByteWriter;
  op(...names: PlainInstruction[]): void;
  i32(value: number): void;
  i64(low: number, high: number): void;
  get(local: number): void;
  set(local: number): void;
  tee(local: number): void;
  globalGet(global: number): void;
  globalSet(global: number): void;
  memory(name: MemoryInstruction, offset?: number): void;
  /** Fills (address, value, count on the stack) with bytes. */
  fill(): void;
  call(index: number): void;
  callIndirect(typeIndex: number): void;
  /** Opens; `close` closes the last one. */
  block(result?: ValueType): Label;
  loop(): Label;
  if(result?: ValueType): Label;
  close(): void;
  br(label: Label): void;
  brIf(label: Label): void;
  brTable(labels: readonly Label[], otherwise: Label): void;
  /** A local beside the parameters. */
  local(type: ValueType): number;
  readonly locals: readonly ValueType[];
}

const emptyType = 0x40;

/** Code of a function with so many parameters. */
export function code(parameterCount: number): Code {
  const writer = byteWriter();
  const locals: ValueType[] = [];
  let depth = 0;
  const open = (opcode: number, result?: ValueType): Label => {
    writer.byte(opcode);
    writer.byte(result === undefined ? emptyType : types[result]);
    depth++;
    return { depth };
  };
  const indexed = (opcode: number) => (index: number) => {
    writer.byte(opcode);
    writer.unsigned(index);
  };
  return {
    writer,
    locals,
    op: (...names) => {
      for (const name of names) writer.byte(plain[name]);
    },
    i32(value) {
      writer.byte(0x41);
      writer.signed32(value);
    },
    i64(low, high) {
      writer.byte(0x42);
      writer.signed64(low, high);
    },
    get: indexed(0x20),
    set: indexed(0x21),
    tee: indexed(0x22),
    globalGet: indexed(0x23),
    globalSet: indexed(0x24),
    memory(name, offset = 0) {
      writer.byte(memory[name]);
      // An alignment of one byte promises nothing.
      writer.byte(0);
      writer.unsigned(offset);
    },
    fill: () => writer.bytes(0xfc, 0x0b, 0x00),
    call: indexed(0x10),
    callIndirect(typeIndex) {
      writer.byte(0x11);
      writer.unsigned(typeIndex);
      writer.byte(0);
    },
    block: (result) => open(0x02, result),
    loop: () => open(0x03),
    if: (result) => open(0x04, result),
    close() {
      depth--;
      writer.byte(plain.end);
    },
    br(label) {
      writer.byte(0x0c);
      writer.unsigned(depth - label.depth);
    },
    brIf(label) {
      writer.byte(0x0d);
      writer.unsigned(depth - label.depth);
    },
    brTable(labels, otherwise) {
      writer.byte(0x0e);
      writer.unsigned(labels.length);
      for (const label of [...labels, otherwise]) writer.unsigned(depth - label.depth);
    },
    local(type) {
      locals.push(type);
      return parameterCount + locals.length - 1;
    },
  };
}
