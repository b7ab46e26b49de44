/** Tells programs where the arguments of the probes (USDT) are that they are attached to. */

import type { ArgumentPlace, ProbeArgument } from "../elf/index.ts";
import { InputError } from "../errors/error.ts";
import { encodeProbeArguments, mostProbeArguments, mostProbePlaces, type ProbeArgumentPlace } from "../spec/index.ts";
import type { KernelMap } from "./map.ts";

/** `struct pt_regs` of `arch/x86/include/asm/ptrace.h`: names of each register, from 8 bytes down to 1, in its order. */
const x64Registers = [
  ["r15", "r15d", "r15w", "r15b"],
  ["r14", "r14d", "r14w", "r14b"],
  ["r13", "r13d", "r13w", "r13b"],
  ["r12", "r12d", "r12w", "r12b"],
  ["rbp", "ebp", "bp", "bpl"],
  ["rbx", "ebx", "bx", "bl"],
  ["r11", "r11d", "r11w", "r11b"],
  ["r10", "r10d", "r10w", "r10b"],
  ["r9", "r9d", "r9w", "r9b"],
  ["r8", "r8d", "r8w", "r8b"],
  ["rax", "eax", "ax", "al"],
  ["rcx", "ecx", "cx", "cl"],
  ["rdx", "edx", "dx", "dl"],
  ["rsi", "esi", "si", "sil"],
  ["rdi", "edi", "di", "dil"],
  [],
  ["rip"],
  [],
  [],
  ["rsp", "esp", "sp", "spl"],
];

/** `struct user_pt_regs` of `arch/arm64/include/uapi/asm/ptrace.h`: 31 registers, the stack pointer, the counter. */
const arm64Registers = [
  ...Array.from({ length: 31 }, (_, number) => [`x${number}`, `w${number}`]),
  ["sp", "wsp"],
  ["pc"],
];

/** Where registers are in what a probe hands over, by the names that an assembler has for them. */
const registerOffsets: Readonly<Record<string, ReadonlyMap<string, number>>> = {
  x64: offsets(x64Registers),
  arm64: offsets(arm64Registers),
};

function offsets(registers: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  return new Map(registers.flatMap((names, index) => names.map((name) => [name, 8 * index] as const)));
}

/** The argument for programs; `undefined` for one that no program can read. */
export function placeOfArgument(
  { sizeBytes, signed, place }: ProbeArgument,
  architecture: string = process.arch,
): ProbeArgumentPlace | undefined {
  const bits = sizeBytes * 8;
  if (![8, 16, 32, 64].includes(bits)) return undefined;
  const found = operandOf(place, sizeBytes as 1 | 2 | 4 | 8, registerOffsets[architecture] ?? new Map());
  return found && { ...found, mask: signed ? 2n ** 64n - 1n : 2n ** BigInt(bits) - 1n, shift: 64 - bits };
}

const nothing = {
  ...({ addend: 0n, baseOffset: 0, baseBytes: 0, indexOffset: 0, indexBytes: 0 } as const),
  ...({ indexShift: 0, memoryBytes: 0 } as const),
};

function operandOf(
  place: ArgumentPlace,
  sizeBytes: 1 | 2 | 4 | 8,
  registers: ReadonlyMap<string, number>,
): Omit<ProbeArgumentPlace, "mask" | "shift"> | undefined {
  switch (place.kind) {
    case "constant":
      return { ...nothing, addend: place.value };
    case "register": {
      const baseOffset = registers.get(place.register);
      return baseOffset === undefined ? undefined : { ...nothing, baseOffset, baseBytes: 8 };
    }
    case "memory": {
      const baseOffset = registers.get(place.base);
      const indexOffset = place.index === undefined ? 0 : registers.get(place.index);
      if (baseOffset === undefined || indexOffset === undefined) return undefined;
      return {
        ...{ addend: BigInt(place.offset), baseOffset, baseBytes: 8, indexOffset },
        ...{ indexBytes: place.index === undefined ? 0 : 8, indexShift: Math.log2(place.scale ?? 1) },
        memoryBytes: sizeBytes,
      };
    }
    case "other":
      return undefined;
  }
}

/** What stands in the array of each collection: places with the same arguments share an entry. */
const known = new WeakMap<KernelMap, Map<string, number>>();

/** The cookie by which a program finds these arguments in its collection's array. */
export function cookieOfArguments(map: KernelMap, given: readonly ProbeArgument[], probe: string): bigint {
  const places = given.slice(0, mostProbeArguments).map((argument, index) => {
    const place = placeOfArgument(argument);
    if (place !== undefined) return place;
    const where = argument.place.kind === "other" ? ` (${argument.place.text})` : "";
    throw new InputError("USDT_ARGUMENT", `${probe}: argument ${index + 1} is where no program can read it${where}`);
  });
  const entry = encodeProbeArguments(places);
  const text = Buffer.from(entry).toString("base64");
  const entries = known.get(map) ?? new Map<string, number>();
  known.set(map, entries);
  const index = entries.get(text) ?? entries.size;
  if (index >= mostProbePlaces) {
    throw new InputError(
      "USDT_PLACES",
      `${probe}: more than ${mostProbePlaces} places with different arguments: load the collection once more for others`,
    );
  }
  if (!entries.has(text)) {
    map.set(new Uint8Array(Uint32Array.of(index).buffer), entry);
    entries.set(text, index);
  }
  return BigInt(index);
}
