/**
 * Every instruction there is (RFC 9669, and what Linux added since), as data: its name in the assembler's dialect, its
 * opcode, which fields its operands fill, and what the other fields must hold. The assembler, the disassembler and the
 * validator read this one table.
 *
 * The dialect is that of the public eBPF conformance suite; where that has no name for an instruction, this is ours.
 */

import { aluOperations, mov, movsx8, movsx16, movsx32 } from "./alu.ts";
import {
  atomicOperations,
  compareExchangeCode,
  exchangeCode,
  fetchFlag,
  loadAcquireCode,
  storeReleaseCode,
} from "./atomic.ts";
import { callOpcode, callRegisterOpcode, callSources, exitOpcode } from "./call.ts";
import { classes, type Instruction, loadImmediate64, sources } from "./instruction.ts";
import { conditions, mayGotoOpcode } from "./jump.ts";
import { type AccessSize, modes, pseudoSources, sizes } from "./memory.ts";
import { unaryOperations } from "./unary.ts";

/** What stands at a place of an instruction's text, and the fields it fills. */
export type Operand =
  /** `%r1`. */
  | "dst"
  | "src"
  /** `42`, `-1`, `0xffffffff`. */
  | "imm"
  /** A number of 64 bits, in both immediates. */
  | "imm64"
  /** The second immediate: a place in a map's value. */
  | "immHigh"
  /** The number of an index in the 16-bit field, for calls into modules; absent when zero. */
  | "offset"
  /** `[%r1+8]`: register and offset. */
  | "[dst]"
  | "[src]"
  /** A label, or a distance in slots: `+3`. In the 16-bit field. */
  | "near"
  /** The same in the immediate. */
  | "far";

/** One form of instruction. */
export interface Form {
  /** `add32`; words that stand before the operands are a part of it: `lock fetch add`, `call local`. */
  readonly name: string;
  readonly opcode: number;
  readonly operands: readonly Operand[];
  /** Fields that no operand fills: those not named here are zero. */
  readonly fixed: Partial<Record<Field, number>>;
}

/** The fields of an instruction beside its opcode. */
export type Field = Exclude<keyof Instruction, "opcode">;

/** The fields an operand fills. */
export const fieldsOf: Readonly<Record<Operand, readonly Field[]>> = {
  dst: ["dst"],
  src: ["src"],
  imm: ["imm"],
  imm64: ["imm", "immHigh"],
  immHigh: ["immHigh"],
  offset: ["offset"],
  "[dst]": ["dst", "offset"],
  "[src]": ["src", "offset"],
  near: ["offset"],
  far: ["imm"],
};

const sizeNames: readonly (readonly [string, AccessSize])[] = [
  ["b", 1],
  ["h", 2],
  ["w", 4],
  ["dw", 8],
];

const widths = [
  { suffix: "", alu: classes.alu64, jmp: classes.jmp, size: sizes[8] },
  { suffix: "32", alu: classes.alu, jmp: classes.jmp32, size: sizes[4] },
] as const;

const signExtending = new Set([movsx8, movsx16, movsx32]);

function form(name: string, opcode: number, operands: readonly Operand[], fixed: Form["fixed"] = {}): Form {
  return { name, opcode, operands, fixed };
}

const arithmetic = widths.flatMap(({ suffix, alu }) =>
  aluOperations
    .filter((operation) => !signExtending.has(operation))
    .flatMap(({ name, code, offset }) => [
      form(`${name}${suffix}`, alu | code | sources.imm, ["dst", "imm"], { offset }),
      form(`${name}${suffix}`, alu | code | sources.reg, ["dst", "src"], { offset }),
    ]),
);

/** Moves that extend the sign: from so many bits, to so many. */
const signExtendingMoves = [
  [8, 64, classes.alu64],
  [16, 64, classes.alu64],
  [32, 64, classes.alu64],
  [8, 32, classes.alu],
  [16, 32, classes.alu],
].map(([from, to, alu]) => form(`movsx${from}${to}`, alu! | mov.code | sources.reg, ["dst", "src"], { offset: from! }));

const oneOperand = unaryOperations.map(({ name, opcode, imm }) => form(name, opcode, ["dst"], { imm }));

/** What moves between address spaces have in place of a width. */
export const addressSpaceCastOffset = 1;

/** Pointers into an arena, to the kernel's address space and to the program's: the immediate names both spaces. */
const addressSpaceCasts = [
  ["cast_kern", 1],
  ["cast_user", 1 << 16],
].map(([name, imm]) =>
  form(name as string, classes.alu64 | mov.code | sources.reg, ["dst", "src"], {
    offset: addressSpaceCastOffset,
    imm: imm as number,
  }),
);

const jumps = [
  form("ja", classes.jmp, ["near"]),
  form("ja32", classes.jmp32, ["far"]),
  form("may_goto", mayGotoOpcode, ["near"]),
  ...widths.flatMap(({ suffix, jmp }) =>
    conditions.flatMap(({ name, code }) => [
      form(`${name}${suffix}`, jmp | code | sources.imm, ["dst", "imm", "near"]),
      form(`${name}${suffix}`, jmp | code | sources.reg, ["dst", "src", "near"]),
    ]),
  ),
];

const calls = [
  form("call", callOpcode, ["imm"], { src: callSources.helper }),
  form("call local", callOpcode, ["far"], { src: callSources.local }),
  form("call runtime", callOpcode, ["imm", "offset"], { src: callSources.kernelFunction }),
  form("call", callRegisterOpcode, ["dst"]),
  form("exit", exitOpcode, []),
];

const loadsAndStores = sizeNames.flatMap(([name, size]) => [
  form(`ldx${name}`, classes.ldx | sizes[size] | modes.mem, ["dst", "[src]"]),
  ...(size === 8 ? [] : [form(`ldxs${name}`, classes.ldx | sizes[size] | modes.memsx, ["dst", "[src]"])]),
  form(`st${name}`, classes.st | sizes[size] | modes.mem, ["[dst]", "imm"]),
  form(`stx${name}`, classes.stx | sizes[size] | modes.mem, ["[dst]", "src"]),
  form(`ldacq${name}`, classes.stx | sizes[size] | modes.atomic, ["dst", "[src]"], { imm: loadAcquireCode }),
  form(`strel${name}`, classes.stx | sizes[size] | modes.atomic, ["[dst]", "src"], { imm: storeReleaseCode }),
]);

/** The deprecated access to packets. There is none of 8 bytes. */
const packetLoads = sizeNames
  .slice(0, 3)
  .flatMap(([name, size]) => [
    form(`ldabs${name}`, classes.ld | sizes[size] | modes.abs, ["imm"]),
    form(`ldind${name}`, classes.ld | sizes[size] | modes.ind, ["src", "imm"]),
  ]);

const atomics = widths.flatMap(({ suffix, size }) => {
  const lock = (name: string, imm: number) =>
    form(`lock ${name}${suffix}`, classes.stx | size | modes.atomic, ["[dst]", "src"], { imm });
  return [
    ...atomicOperations.flatMap(({ name, code }) => [lock(name, code), lock(`fetch ${name}`, code | fetchFlag)]),
    lock("xchg", exchangeCode),
    lock("cmpxchg", compareExchangeCode),
  ];
});

/** 64-bit immediates (RFC 9669, section 5.4); the names are the RFC's. */
const wideLoads = [
  form("lddw", loadImmediate64, ["dst", "imm64"], { src: pseudoSources.value }),
  form("lddw map_by_fd", loadImmediate64, ["dst", "imm"], { src: pseudoSources.mapFd }),
  form("lddw map_val_by_fd", loadImmediate64, ["dst", "imm", "immHigh"], { src: pseudoSources.mapValue }),
  form("lddw var_addr", loadImmediate64, ["dst", "imm", "immHigh"], { src: pseudoSources.kernelVariable }),
  form("lddw code_addr", loadImmediate64, ["dst", "far"], { src: pseudoSources.function }),
  form("lddw map_by_idx", loadImmediate64, ["dst", "imm"], { src: pseudoSources.mapIndex }),
  form("lddw map_val_by_idx", loadImmediate64, ["dst", "imm", "immHigh"], { src: pseudoSources.mapIndexValue }),
];

/** All forms; the name, with the sorts of operands, tells which is meant. */
export const forms: readonly Form[] = [
  ...arithmetic,
  ...signExtendingMoves,
  ...oneOperand,
  ...addressSpaceCasts,
  ...jumps,
  ...calls,
  ...loadsAndStores,
  ...packetLoads,
  ...atomics,
  ...wideLoads,
];

/** Other names of forms. */
export const aliases: Readonly<Record<string, string>> = {
  "call helper": "call",
  swap16: "bswap16",
  swap32: "bswap32",
  swap64: "bswap64",
};

const allFields: readonly Field[] = ["dst", "src", "offset", "imm", "immHigh"];

/** The forms of each opcode. */
const byOpcode = new Map<number, Form[]>();
for (const one of forms) byOpcode.set(one.opcode, [...(byOpcode.get(one.opcode) ?? []), one]);

/** The forms with that opcode, whatever the other fields hold. */
export function formsOfOpcode(opcode: number): readonly Form[] {
  return byOpcode.get(opcode) ?? [];
}

/** The form an instruction is of; `undefined` when a field holds what it may not, or there is no such opcode. */
export function formOf(instruction: Instruction): Form | undefined {
  return formsOfOpcode(instruction.opcode).find((one) => wrongFields(one, instruction).length === 0);
}

/** The fields that must hold something else for the instruction to be of this form, with what they must hold. */
export function wrongFields(
  form: Form,
  instruction: Instruction,
): readonly { readonly field: Field; readonly value: number }[] {
  return fixedFields.get(form)!.filter(({ field, value }) => instruction[field] !== value);
}

/** What fields must hold that no operand fills, by form. */
const fixedFields = new Map(
  forms.map((form) => {
    const filled = new Set(form.operands.flatMap((operand) => fieldsOf[operand]));
    const others = allFields.filter((field) => !filled.has(field));
    return [form, others.map((field) => ({ field, value: form.fixed[field] ?? 0 }))] as const;
  }),
);
