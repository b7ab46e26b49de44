/** For tests: programs that are likely to be right, and sometimes just wrong, on memory in r1 and the stack. */

import * as isa from "../../isa/index.ts";

/** A number below `limit`. */
export type Random = (limit: number) => number;

/** Numbers that the same seed gives again (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const numbers: readonly isa.Register[] = [0, 3, 4, 5];
const memoryRegister = 6;
const pointerRegister = 7;
const interesting = [0, 1, 2, 3, 7, 8, 15, 16, 24, 28, 31, 32, 33, 63, 64, 255, -1, -2, -8, 0x7fffffff, -0x80000000];
const sizes = [1, 2, 4, 8] as const;
const operations = isa.aluOperations.filter(({ name }) => name !== "mov");

/** Numbers are loaded from memory, worked on, compared, and used as places of memory and stack. */
export function randomProgram(random: Random, memoryBytes: number): isa.Instruction[] {
  const of = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const body: isa.Instruction[] = [];
  const length = 6 + random(30);
  const size = () => of(sizes);
  const number = () => of(numbers);
  const place = () => random(memoryBytes + 2) - (random(8) === 0 ? 1 : 0);
  const makers: readonly (() => isa.Instruction[])[] = [
    () => [isa.load(size(), number(), memoryRegister, Math.min(random(memoryBytes), memoryBytes - 8))],
    () => [of(operations).reg(number(), number())],
    () => [of(operations.filter(({ name }) => !name.startsWith("movsx"))).imm(number(), of(interesting))],
    () => [of(operations.filter(({ name }) => name !== "movsx32")).reg32(number(), number())],
    () => [of(operations.filter(({ name }) => !name.startsWith("movsx"))).imm32(number(), of(interesting))],
    () => [isa.and.imm(number(), of([3, 7, 15, 31, 63]))],
    () => [isa.mov.reg(number(), number())],
    () => [of(isa.unaryOperations).on(number())],
    // Somewhere onwards, or a few back.
    () => [of(isa.conditions).imm(number(), of(interesting), 1 + random(4))],
    () => [of(isa.conditions).reg(number(), number(), 1 + random(4))],
    () => [of(isa.conditions).imm32(number(), of(interesting), random(12) === 0 ? -1 - random(3) : 1 + random(4))],
    () => [of(isa.conditions).reg32(number(), number(), 1 + random(4))],
    // A bound, and a place that it allows, or nearly.
    () => {
      const index = number();
      const bytes = size();
      return [
        of([isa.jgt, isa.jge, isa.jsgt]).imm(index, memoryBytes - of([1, 2, 4, 8, 8]), 3),
        isa.mov.reg(pointerRegister, memoryRegister),
        isa.add.reg(pointerRegister, index),
        isa.load(bytes, number(), pointerRegister, of([0, 0, 1])),
      ];
    },
    () => [isa.store(size(), memoryRegister, place(), number())],
    () => [isa.load(size(), number(), memoryRegister, place())],
    () => [isa.store(8, 10, -8 * (1 + random(4)), number())],
    () => [isa.load(of([4, 8]), number(), 10, -8 * (1 + random(4)))],
    () => {
      const index = number();
      return [
        isa.and.imm(index, of([7, 15, 24])),
        isa.mov.reg(pointerRegister, 10),
        isa.add.reg(pointerRegister, index),
        of([isa.load(1, index, pointerRegister, -32), isa.store(1, pointerRegister, -32, number())]),
      ];
    },
    () => [isa.atomicAdd.fetch(8, memoryRegister, 8 * random(4), number())],
    () => [
      isa.store(8, 10, -40, memoryRegister),
      isa.load(8, pointerRegister, 10, of([-40, -40, -32])),
      isa.load(1, number(), pointerRegister, random(4)),
    ],
  ];
  while (body.length < length) body.push(...of(makers)());
  const begin = [
    isa.mov.reg(memoryRegister, 1),
    ...numbers.map((register, index) => isa.load(8, register, 1, index * 8)),
    ...[1, 2, 3, 4].map((slot) => isa.storeImmediate(8, 10, -8 * slot, random(100))),
  ];
  // Jumps go at most to the end.
  const end = [isa.mov.imm(0, 0), isa.mov.imm(0, 0), isa.mov.imm(0, 0), isa.mov.imm(0, 0), isa.exit()];
  return [...begin, ...body, ...end];
}
