/** Programs at random, as machine code: well formed, but of no good behaviour. Many fault; none may do it in two ways. */

import type { Instruction, Register } from "../../src/isa/index.ts";
import * as isa from "../../src/isa/index.ts";

/** Numbers from a seed (mulberry32). */
export interface RandomSource {
  /** Below `bound`. */
  below(bound: number): number;
  pick<Item>(items: readonly Item[]): Item;
  chance(share: number): boolean;
}

export function randomSource(seed: number): RandomSource {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (bound) => Math.floor(next() * bound),
    pick: (items) => items[Math.floor(next() * items.length)]!,
    chance: (share) => next() < share,
  };
}

const someNumbers = [0, 1, -1, 2, 7, 8, 31, 32, 63, 64, 255, -128, 0xffff, 0x7fffffff, -0x80000000];
const sizes = [1, 2, 4, 8] as const;
/** Bytes of the context that programs are run on. */
export const contextBytes = 64;

/** The code of a program with functions; `seed` says which. */
export function randomCode(seed: number): Uint8Array {
  const random = randomSource(seed);
  const functionCount = random.chance(0.3) ? 2 + random.below(2) : 1;
  const lengths = Array.from({ length: functionCount }, () => 4 + random.below(30));
  const bodies = lengths.map((length, index) => body(random, length, index, lengths));
  return isa.encode(bodies.flat());
}

/** One function: what sets its registers, instructions at random, an exit. All take one slot, so that jumps can be counted. */
function body(random: RandomSource, length: number, index: number, lengths: readonly number[]): Instruction[] {
  const code: Instruction[] = index === 0 ? [isa.mov.reg(6, 1), isa.mov.imm(0, 3)] : [];
  const prologue = code.length;
  const slotOf = (target: number) =>
    lengths.slice(0, target).reduce((sum, one, at) => sum + one + prologueOf(at) + 1, 0);
  const here = slotOf(index) + prologue;
  for (let at = 0; at < length; at++) code.push(anyInstruction(random, at, length, here + at, slotOf, lengths.length));
  code.push(isa.exit());
  return code;
}

const prologueOf = (index: number) => (index === 0 ? 2 : 0);

function anyInstruction(
  random: RandomSource,
  at: number,
  length: number,
  slot: number,
  slotOf: (index: number) => number,
  functionCount: number,
): Instruction {
  const any = (): Register => random.below(10) as Register;
  const number = () => (random.chance(0.5) ? random.pick(someNumbers) : random.below(2 ** 32) | 0);
  const pointer = () =>
    random.pick<readonly [Register, number]>([
      [10, -(8 * random.below(10) + random.below(9))],
      [10, -8 * (1 + random.below(8))],
      [6, random.below(contextBytes)],
      [6, 8 * random.below(8)],
      [1, random.below(contextBytes + 2) - 1],
      [any(), random.below(16)],
    ]);
  const kind = random.below(20);
  if (kind < 8) {
    const operation = random.pick(isa.aluOperations);
    const extends_ = operation.name.startsWith("movsx");
    if (extends_ || random.chance(0.5)) {
      const wide = operation.name === "movsx32" || random.chance(0.5);
      return wide ? operation.reg(any(), anySource(random)) : operation.reg32(any(), any());
    }
    return random.chance(0.6) ? operation.imm(any(), number()) : operation.imm32(any(), number());
  }
  if (kind < 9) return random.pick(isa.unaryOperations).on(any());
  if (kind < 12) {
    const [base, offset] = pointer();
    const size = random.pick(sizes);
    return size !== 8 && random.chance(0.3)
      ? isa.loadSigned(size, any(), base, offset)
      : isa.load(size, any(), base, offset);
  }
  if (kind < 15) {
    const [base, offset] = pointer();
    const size = random.pick(sizes);
    return random.chance(0.5)
      ? isa.store(size, base, offset, anySource(random))
      : isa.storeImmediate(size, base, offset, number());
  }
  if (kind < 16) {
    const [base, offset] = pointer();
    const size = random.chance(0.5) ? 4 : 8;
    const aligned = random.chance(0.8) ? offset & -size : offset;
    return random.pick([
      () => random.pick(isa.atomicOperations).on(size, base, aligned, any()),
      () => random.pick(isa.atomicOperations).fetch(size, base, aligned, any()),
      () => isa.exchange(size, base, aligned, any()),
      () => isa.compareExchange(size, base, aligned, any()),
      () => isa.loadAcquire(size, any(), base, aligned),
      () => isa.storeRelease(size, base, aligned, any()),
    ])();
  }
  if (kind < 17 && functionCount > 1) return isa.callLocal(slotOf(random.below(functionCount)) - slot - 1);
  const target = random.chance(0.25) ? random.below(at + 1) : at + 1 + random.below(length - at);
  const distance = target - at - 1;
  if (kind < 18) return random.pick([isa.jump, isa.jumpFar, isa.mayGoto])(distance);
  const condition = random.pick(isa.conditions);
  if (random.chance(0.5))
    return random.chance(0.5) ? condition.imm(any(), number(), distance) : condition.imm32(any(), number(), distance);
  return random.chance(0.5) ? condition.reg(any(), any(), distance) : condition.reg32(any(), any(), distance);
}

/** A register to read; now and then the frame pointer. */
function anySource(random: RandomSource): Register {
  return (random.chance(0.1) ? 10 : random.below(10)) as Register;
}
