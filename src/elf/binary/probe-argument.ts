/** Where the arguments of a USDT probe are, in the assembler's words: `-4@%edi 8@-16(%rbp) 8@[sp, 24]`. */

/** One argument: its size, and where it is when the probe is reached. */
export interface ProbeArgument {
  readonly sizeBytes: number;
  readonly signed: boolean;
  readonly float: boolean;
  readonly place: ArgumentPlace;
}

/** Where an argument is when the probe is passed. */
export type ArgumentPlace =
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "register"; readonly register: string }
  /** `*(base + index * scale + offset)`. */
  | {
      readonly kind: "memory";
      readonly base: string;
      readonly offset: number;
      readonly index?: string;
      readonly scale?: number;
    }
  /** What no program can read: a symbol, or words that we do not know. */
  | { readonly kind: "other"; readonly text: string };

/** The arguments in order. */
export function parseArguments(text: string): ProbeArgument[] {
  return [...text.matchAll(/(-?)(\d+)(f?)@(\[[^\]]*\]|\S+)/g)].map(([, minus, size, float, place]) => ({
    sizeBytes: Number(size),
    signed: minus === "-",
    float: float === "f",
    place: parsePlace(place!),
  }));
}

function parsePlace(text: string): ArgumentPlace {
  const constant = /^\$?(-?(?:0x[0-9a-f]+|\d+))$/i.exec(text);
  if (constant !== null) return { kind: "constant", value: toBigInt(constant[1]!) };
  const register = /^%?([a-z][a-z0-9]*)$/.exec(text);
  if (register !== null) return { kind: "register", register: register[1]! };
  // x86: offset(%base,%index,scale); the offset may be absent.
  const x86 = /^(-?(?:0x[0-9a-f]+|\d+))?\(%([a-z0-9]+)(?:,%([a-z0-9]+)(?:,(\d))?)?\)$/i.exec(text);
  if (x86 !== null) {
    const [, offset = "0", base = "", index, scale] = x86;
    const scaled = index === undefined ? {} : { index, scale: Number(scale ?? "1") };
    return { kind: "memory", base, offset: Number(toBigInt(offset)), ...scaled };
  }
  // arm64: [base, offset].
  const arm = /^\[([a-z][a-z0-9]*)(?:,\s*#?(-?\d+))?\]$/.exec(text);
  if (arm !== null) return { kind: "memory", base: arm[1]!, offset: Number(arm[2] ?? "0") };
  return { kind: "other", text };
}

function toBigInt(text: string): bigint {
  return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
}
