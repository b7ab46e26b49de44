/** Every classic instruction there is, as data: its code, its name, and how its operand is written (`tcpdump -d`). */

import {
  classicClasses,
  classicConditions,
  classicModes,
  classicOperations,
  classicSizes,
  fromIndex,
  returnAccumulator,
  useIndex,
} from "./instruction.ts";

/** How the operand is written. */
export type ClassicNotation =
  | "none"
  /** `#10` or `#0xa`. */
  | "decimal"
  | "hexadecimal"
  /** `[12]`, or the name of something that the kernel knows about the packet: `[vlan_tci]`. */
  | "packet"
  /** `[x + 12]`. */
  | "indexed"
  /** `M[3]`. */
  | "memory"
  /** `4*([14]&0xf)`. */
  | "headerLength"
  /** `#pktlen`. */
  | "length"
  /** `x`. */
  | "index"
  /** The number of an instruction. */
  | "target";

export interface ClassicForm {
  readonly code: number;
  readonly name: string;
  readonly notation: ClassicNotation;
  /** It has two distances beside its operand. */
  readonly jumps?: true;
}

const { ld, ldx, st, stx, alu, jmp, ret, misc } = classicClasses;
const { imm, abs, ind, mem, len, msh } = classicModes;

const packetLoads = [["ld", 4] as const, ["ldh", 2] as const, ["ldb", 1] as const].flatMap(
  ([name, size]): ClassicForm[] => [
    { code: ld | classicSizes[size] | abs, name, notation: "packet" },
    { code: ld | classicSizes[size] | ind, name, notation: "indexed" },
  ],
);

/** Constants of these are bits, of the others numbers. */
const bitwise = new Set(["and", "or", "xor"]);

const arithmetic = Object.entries(classicOperations).flatMap(([name, code]): ClassicForm[] => {
  if (name === "neg") return [{ code: alu | code, name, notation: "none" }];
  const notation = bitwise.has(name) ? "hexadecimal" : "decimal";
  return [
    { code: alu | code, name, notation },
    { code: alu | code | useIndex, name, notation: "index" },
  ];
});

const conditions = Object.entries(classicConditions).flatMap(([name, code]): ClassicForm[] => [
  { code: jmp | code, name, notation: "hexadecimal", jumps: true },
  { code: jmp | code | useIndex, name, notation: "index", jumps: true },
]);

/** What the kernel takes (`chk_code_allowed` of `net/core/filter.c`). */
export const classicForms: readonly ClassicForm[] = [
  ...packetLoads,
  { code: ld | imm, name: "ld", notation: "hexadecimal" },
  { code: ld | mem, name: "ld", notation: "memory" },
  { code: ld | len, name: "ld", notation: "length" },
  { code: ldx | imm, name: "ldx", notation: "hexadecimal" },
  { code: ldx | mem, name: "ldx", notation: "memory" },
  { code: ldx | len, name: "ldx", notation: "length" },
  { code: ldx | classicSizes[1] | msh, name: "ldxb", notation: "headerLength" },
  { code: st, name: "st", notation: "memory" },
  { code: stx, name: "stx", notation: "memory" },
  ...arithmetic,
  { code: jmp, name: "ja", notation: "target" },
  ...conditions,
  { code: ret, name: "ret", notation: "decimal" },
  { code: ret | returnAccumulator, name: "ret", notation: "none" },
  { code: misc, name: "tax", notation: "none" },
  { code: misc | fromIndex, name: "txa", notation: "none" },
];

const byCode = new Map(classicForms.map((form) => [form.code, form]));

/** The form with that code; `undefined` where there is none. */
export function classicFormOf(code: number): ClassicForm | undefined {
  return byCode.get(code);
}

/** Offsets from here on are not into the packet: the kernel answers them itself (`SKF_AD_OFF`). */
export const ancillaryStart = 0xffff_f000;

/** What it answers, four apart (`SKF_AD_…` of `linux/filter.h`); the names are those of tcpdump. */
export const ancillaryNames = [
  ...["proto", "type", "ifidx", "nla", "nlan", "mark", "queue", "hatype"],
  ...["rxhash", "cpu", "xor_x", "vlan_tci", "vlanp", "pay_offset", "random", "vlan_tpid"],
] as const;
