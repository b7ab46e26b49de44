/** What is tried with one seed: a random program of one of the generators, and what it is run on. */

import { createBtfBuilder } from "../../src/btf/index.ts";
import { compile } from "../../src/compiler/index.ts";
import type { CollectionSpec, TestRunInput } from "../../src/spec/index.ts";
import { generateModule } from "../language/generate/module.ts";
import { printModule } from "../language/print.ts";
import { contextBytes, type RandomSource, randomCode, randomSource } from "./random-code.ts";
import { typedProgram } from "./typed-code.ts";

/** Machine code of no good behaviour; code that a verifier mostly accepts; Kernel TypeScript. */
export const generators = ["wild", "typed", "language"] as const;
export type GeneratorName = (typeof generators)[number];

export interface FuzzCase {
  readonly seed: number;
  readonly generator: GeneratorName;
  readonly spec: CollectionSpec;
  /** The program that is run, one time after the other on each input; maps keep what they hold. */
  readonly program: string;
  readonly inputs: readonly TestRunInput[];
  /** Instructions that a run may take. */
  readonly limit: number;
}

/** Of so many seeds in a row one is of the language, which takes longest. */
const languageEvery = 50;

export const generatorOf = (seed: number): GeneratorName =>
  seed % languageEvery === 0 ? "language" : seed % 2 === 0 ? "wild" : "typed";

export function caseOf(seed: number, generator: GeneratorName = generatorOf(seed)): FuzzCase {
  const random = randomSource(seed ^ 0x5eed);
  switch (generator) {
    case "wild":
      return {
        ...{ seed, generator, spec: wildCollection(seed), program: "tried", limit: 3000 },
        inputs: [{ context: bytes(random, contextBytes) }],
      };
    case "typed":
      return {
        ...{ seed, generator, spec: typedProgram(seed), program: "tried", limit: 100_000 },
        inputs: packets(random, 3),
      };
    case "language":
      return languageCase(seed, random);
  }
}

function languageCase(seed: number, random: RandomSource): FuzzCase {
  const module = generateModule(seed, 1);
  const text = printModule(module);
  const spec = compile({ entry: "random.ts", readFile: () => text });
  const { name, hook } = module.programs[0]!;
  const words = () => ({
    context: Array.from({ length: 3 }, () => BigInt(random.pick([random.below(256), random.below(2 ** 32)]))),
  });
  return {
    ...{ seed, generator: "language", spec, program: name, limit: 1_000_000 },
    inputs: hook === "xdp" ? packets(random, 3) : [words(), words(), words()],
  };
}

function wildCollection(seed: number): CollectionSpec {
  const program = {
    name: "tried",
    hook: { kind: "syscall", target: "" },
    maps: [],
    relocations: [],
    functions: [],
    lines: [],
  } as const;
  return {
    ...{ name: "fuzz", license: "Dual MIT/GPL", maps: [], config: [] },
    programs: [{ ...program, code: randomCode(seed) }],
    btf: createBtfBuilder().encode(),
  };
}

const packets = (random: RandomSource, count: number): TestRunInput[] =>
  Array.from({ length: count }, () => ({ data: bytes(random, 14 + random.below(100)) }));

const bytes = (random: RandomSource, length: number) =>
  Uint8Array.from({ length }, () => (random.chance(0.4) ? random.below(256) : random.below(2) * 255));
