/**
 * Random programs that a verifier mostly accepts: XDP with maps, packets behind comparisons, stack, loops, functions, callbacks,
 * atomics and tail calls. A share of them has mistakes, each of the kind that a verifier is there for.
 */

import { createBtfBuilder } from "../../src/btf/index.ts";
import type { Register } from "../../src/isa/index.ts";
import * as isa from "../../src/isa/index.ts";
import type { CollectionSpec, ProgramSpec } from "../../src/spec/index.ts";
import {
  callOf,
  callTo,
  functionAt,
  here,
  jumpIf,
  jumpTo,
  type Label,
  type Line,
  mapIn,
  programOf,
  type WrittenFunction,
} from "./code-writer.ts";
import { type RandomSource, randomSource } from "./random-code.ts";
import {
  allMaps,
  constantMap,
  globalMap,
  keyCount,
  keyedMaps,
  nextProgram,
  programMap,
  sequenceMaps,
} from "./typed-maps.ts";

/** What is being written. r6 is the context, r7 a pointer for the moment, r8 and r9 numbers that outlive calls. */
interface Scope {
  readonly random: RandomSource;
  readonly kind: "main" | "function" | "callback";
  /** Blocks around this one. */
  readonly depth: number;
  /** Functions that may be called, and callbacks. */
  readonly functions: readonly Label[];
  readonly callbacks: readonly Label[];
  /** Whether a mistake is made here. */
  wrong(): boolean;
}

type Maker = (scope: Scope) => Line[];

const context: Register = 6;
const pointer: Register = 7;
const lasting: readonly Register[] = [8, 9];
const passing: readonly Register[] = [3, 4, 5];
const numbers: readonly Register[] = [0, ...passing, ...lasting];
/** On the stack, from r10: numbers, counters of loops, a key, a value, what callbacks are handed. */
const stackNumbers = [-8, -16, -24, -32, -40] as const;
const counterPlaces = [-48, -56] as const;
const keyPlace = -64;
const valuePlace = -96;
const handedPlace = -104;
const someImmediates = [0, 1, 2, 3, 7, 8, 15, 31, 32, 63, 64, 255, 4096, -1, -2, -128, 0x7fffffff, -0x80000000];
const sizes = [1, 2, 4, 8] as const;
const operations = isa.aluOperations.filter(({ name }) => name !== "mov");
const plainOperations = operations.filter(({ name }) => !name.startsWith("movsx"));

const number = ({ random }: Scope) => random.pick(numbers);
const immediate = ({ random }: Scope) => (random.chance(0.7) ? random.pick(someImmediates) : random.below(2 ** 32) | 0);

/** Gives the registers that a call took a number again. */
function afterCall(scope: Scope): Line[] {
  if (scope.wrong()) return [];
  const { random } = scope;
  return passing.map((register) =>
    random.chance(0.5)
      ? isa.mov.reg(register, random.pick(lasting))
      : isa.load(8, register, 10, random.pick(stackNumbers)),
  );
}

const arithmetic: Maker = (scope) => {
  const { random } = scope;
  return Array.from({ length: 1 + random.below(5) }, () => {
    const dst = number(scope);
    switch (random.below(6)) {
      case 0:
        return random.pick(operations).reg(dst, number(scope));
      case 1:
        return withImmediate(scope, dst, 64);
      case 2:
        return random.pick(operations.filter(({ name }) => name !== "movsx32")).reg32(dst, number(scope));
      case 3:
        return withImmediate(scope, dst, 32);
      case 4:
        return isa.mov.reg(dst, number(scope));
      default:
        return random.pick(isa.unaryOperations).on(dst);
    }
  });
};

const shifts: ReadonlySet<string> = new Set(["lsh", "rsh", "arsh"]);

/** The kernel refuses shifts by constants that are too large, and divisions by the constant 0; so these are few. */
function withImmediate(scope: Scope, dst: Register, bits: 32 | 64) {
  const { random } = scope;
  const operation = random.pick(plainOperations);
  let value = immediate(scope);
  if (!random.chance(0.01)) {
    if (shifts.has(operation.name)) value &= bits - 1;
    else if (/div|mod/.test(operation.name) && value === 0) value = 3;
  }
  return bits === 64 ? operation.imm(dst, value) : operation.imm32(dst, value);
}

const branch: Maker = (scope) => {
  const { random } = scope;
  const [otherwise, end] = [{}, {}];
  const condition = random.pick(isa.conditions);
  const [dst, src, value] = [number(scope), number(scope), immediate(scope)];
  const make = random.pick([
    (distance: number) => condition.imm(dst, value, distance),
    (distance: number) => condition.imm32(dst, value, distance),
    (distance: number) => condition.reg(dst, src, distance),
    (distance: number) => condition.reg32(dst, src, distance),
  ]);
  const inner = deeper(scope);
  return [
    { to: otherwise, make },
    ...block(inner, 1 + random.below(3)),
    ...(random.chance(0.5) ? [jumpTo(end), here(otherwise), ...block(inner, 1 + random.below(2))] : [here(otherwise)]),
    here(end),
  ];
};

const loop: Maker = (scope) => {
  const place = counterPlaces[scope.depth];
  if (place === undefined || scope.kind === "callback") return arithmetic(scope);
  const { random } = scope;
  const again = {};
  const inner: Scope = { ...deeper(scope), functions: [], callbacks: [] };
  return [
    isa.storeImmediate(8, 10, place, 0),
    here(again),
    ...block(inner, 1 + random.below(2)),
    isa.load(8, 1, 10, place),
    ...(scope.wrong() ? [] : [isa.add.imm(1, 1 + random.below(3))]),
    isa.store(8, 10, place, 1),
    jumpIf(random.pick([isa.jlt, isa.jsle, isa.jle]), 1, 1 + random.below(12), again),
  ];
};

const stack: Maker = (scope) => {
  const { random } = scope;
  const size = random.pick(sizes);
  const place =
    random.pick(stackNumbers) + size * random.below(8 / size) - (scope.wrong() ? 104 + random.below(500) : 0);
  return random.pick<() => Line[]>([
    () => [isa.store(size, 10, place, number(scope))],
    () => [isa.storeImmediate(size, 10, place, immediate(scope))],
    () => [isa.load(size, number(scope), 10, place)],
    () => [isa.store(8, 10, random.pick(stackNumbers), number(scope)), isa.load(size, number(scope), 10, place)],
    () => (size === 8 ? [isa.load(8, number(scope), 10, place)] : [isa.loadSigned(size, number(scope), 10, place)]),
  ])();
};

const stackVariable: Maker = (scope) => {
  const { random } = scope;
  const index = number(scope);
  const size = random.pick([1, 1, 2, 4]);
  return [
    isa.and.imm(index, scope.wrong() ? 127 : random.pick([7, 15, 28, 31])),
    ...(random.chance(0.3) ? [jumpIfOver(scope, index)] : []).flat(),
    isa.mov.reg(pointer, 10),
    isa.add.reg(pointer, index),
    random.chance(0.6)
      ? isa.load(size as 1 | 2 | 4, number(scope), pointer, -40)
      : isa.store(size as 1 | 2 | 4, pointer, -40, number(scope)),
  ];
};

/** Makes `index` small by a comparison, where it is not. */
function jumpIfOver({ random }: Scope, index: Register): Line[] {
  const fits = {};
  return [jumpIf(random.pick([isa.jlt, isa.jle]), index, 8, fits), isa.mov.imm(index, random.below(8)), here(fits)];
}

const packet: Maker = (scope) => {
  const { random } = scope;
  const bytes = 1 + random.below(40);
  const end = {};
  const moved = random.chance(0.4);
  const index = random.pick(lasting);
  const size = random.pick(sizes.filter((size) => size <= bytes));
  const at = () => (scope.wrong() ? bytes - size + 1 : random.below(bytes - size + 1));
  const access = (): Line =>
    random.chance(0.6)
      ? isa.load(size, random.pick(lasting), pointer, at())
      : isa.store(size, pointer, at(), random.pick(lasting));
  return [
    isa.load(4, pointer, context, 0),
    isa.load(4, 2, context, 4),
    ...(moved ? [isa.and.imm(index, random.pick([3, 15, 63])), isa.add.reg(pointer, index)] : []),
    isa.mov.reg(1, pointer),
    isa.add.imm(1, bytes),
    ...(scope.wrong()
      ? []
      : [
          random.pick<() => Line>([
            () => ({ to: end, make: (distance) => isa.jgt.reg(1, 2, distance) }),
            () => ({ to: end, make: (distance) => isa.jlt.reg(2, 1, distance) }),
            () => ({ to: end, make: (distance) => isa.jge.reg(1, 2, distance) }),
          ])(),
        ]),
    access(),
    ...(random.chance(0.5) ? [access()] : []),
    here(end),
  ];
};

/** A key on the stack; of tries a prefix. */
function key(scope: Scope, map: (typeof keyedMaps)[number]): Line[] {
  const { random } = scope;
  const low: Line[] = random.chance(0.5)
    ? [isa.storeImmediate(4, 10, keyPlace, random.below(keyCount))]
    : [isa.mov.reg(1, number(scope)), isa.and.imm(1, 3), isa.store(4, 10, keyPlace, 1)];
  if (map.type !== "lpmTrie") return low;
  return [
    isa.storeImmediate(4, 10, keyPlace, random.pick([8, 16, 31, 32])),
    isa.storeImmediate(4, 10, keyPlace + 4, random.below(4) * 0x101),
  ];
}

function argument(register: Register, place: number): Line[] {
  return [isa.mov.reg(register, 10), isa.add.imm(register, place)];
}

const lookup: Maker = (scope) => {
  const { random } = scope;
  const map = random.pick(keyedMaps);
  const end = {};
  const fields = map.valueSizeBytes / 8;
  const place = () => 8 * random.below(fields) + (scope.wrong() ? 8 * fields - 7 : 0);
  const access = (): Line => {
    const size = random.pick(sizes);
    return random.pick<() => Line>([
      () => isa.load(size, random.pick(lasting), pointer, place()),
      () => isa.store(size, pointer, place(), random.pick(lasting)),
      () =>
        random
          .pick(isa.atomicOperations)
          .on(random.pick([4, 8]), pointer, 8 * random.below(fields), random.pick(lasting)),
      () => random.pick(isa.atomicOperations).fetch(8, pointer, 8 * random.below(fields), random.pick(lasting)),
      () => isa.exchange(random.pick([4, 8]), pointer, 8 * random.below(fields), random.pick(lasting)),
    ])();
  };
  const variable = (): Line[] => {
    const index = random.pick(lasting);
    return [
      isa.and.imm(index, scope.wrong() ? 8 * fields : random.pick([1, 3, 7])),
      isa.add.reg(pointer, index),
      isa.load(1, index, pointer, 0),
    ];
  };
  return [
    ...key(scope, map),
    mapIn(1, map.name),
    ...argument(2, keyPlace),
    callOf("bpf_map_lookup_elem"),
    ...(scope.wrong() ? [] : [jumpIf(isa.jeq, 0, 0, end)]),
    isa.mov.reg(pointer, 0),
    access(),
    // What was found is gone, or may be another's.
    ...(random.chance(0.06) ? [mapIn(1, map.name), ...argument(2, keyPlace), callOf("bpf_map_delete_elem")] : []),
    ...(random.chance(0.5) ? [access()] : []),
    ...(random.chance(0.3) ? variable() : []),
    here(end),
    isa.mov.imm(0, random.below(3)),
    ...afterCall(scope),
  ];
};

const update: Maker = (scope) => {
  const { random } = scope;
  const map = random.pick(keyedMaps);
  const remove = random.chance(0.3);
  return [
    ...key(scope, map),
    ...(random.chance(0.5) ? [isa.store(8, 10, valuePlace + 8 * random.below(3), random.pick(lasting))] : []),
    mapIn(1, scope.wrong() ? random.pick(allMaps).name : map.name),
    ...argument(2, keyPlace),
    ...(remove ? [] : [...argument(3, scope.wrong() ? valuePlace - 410 : valuePlace), isa.mov.imm(4, random.below(4))]),
    callOf(remove ? "bpf_map_delete_elem" : "bpf_map_update_elem"),
    ...afterCall(scope),
  ];
};

const queue: Maker = (scope) => {
  const { random } = scope;
  const helper = random.pick(["bpf_map_push_elem", "bpf_map_pop_elem", "bpf_map_peek_elem"] as const);
  return [
    isa.store(8, 10, valuePlace, random.pick(lasting)),
    mapIn(1, random.pick(sequenceMaps).name),
    ...argument(2, valuePlace),
    ...(helper === "bpf_map_push_elem" ? [isa.mov.imm(3, random.pick([0, 0, 2]))] : []),
    callOf(helper),
    isa.load(8, random.pick(lasting), 10, valuePlace),
    ...afterCall(scope),
  ];
};

const global: Maker = (scope) => {
  const { random } = scope;
  const isConstant = random.chance(0.3);
  const size = random.pick(sizes);
  const map = isConstant ? constantMap : globalMap;
  const place = random.below(map.valueSizeBytes / size) * size;
  const dst = random.pick(lasting);
  return [
    mapIn(pointer, map.name, place),
    ...(isConstant && !scope.wrong()
      ? [isa.load(size, dst, pointer, 0)]
      : random.pick<() => Line[]>([
          () => [isa.store(size, pointer, 0, dst)],
          () => [isa.load(size, dst, pointer, scope.wrong() ? map.valueSizeBytes - place : 0)],
          () => [isa.and.imm(dst, 7), isa.add.reg(pointer, dst), isa.load(1, dst, pointer, place > 24 ? -7 : 0)],
        ])()),
  ];
};

const atomic: Maker = (scope) => {
  const { random } = scope;
  const size = random.pick([4, 8] as const);
  const place = random.pick(stackNumbers) + (size === 4 ? 4 * random.below(2) : 0) + (scope.wrong() ? 2 : 0);
  const register = number(scope);
  return [
    random.pick([
      () => random.pick(isa.atomicOperations).on(size, 10, place, register),
      () => random.pick(isa.atomicOperations).fetch(size, 10, place, register),
      () => isa.exchange(size, 10, place, register),
      () => isa.compareExchange(size, 10, place, register),
      () => isa.loadAcquire(size, register, 10, place),
      () => isa.storeRelease(size, 10, place, register),
    ])(),
  ];
};

const callFunction: Maker = (scope) => {
  const { random, functions } = scope;
  if (functions.length === 0) return arithmetic(scope);
  return [
    isa.mov.reg(1, context),
    isa.mov.reg(2, random.pick(lasting)),
    callTo(random.pick(functions)),
    ...afterCall(scope),
  ];
};

const callLoop: Maker = (scope) => {
  const { random, callbacks } = scope;
  if (callbacks.length === 0) return stack(scope);
  return [
    isa.store(8, 10, handedPlace, random.pick(lasting)),
    isa.mov.imm(1, random.below(12)),
    functionAt(2, random.pick(callbacks)),
    ...argument(3, handedPlace),
    isa.mov.imm(4, scope.wrong() ? 1 : 0),
    callOf("bpf_loop"),
    isa.load(8, random.pick(lasting), 10, handedPlace),
    ...afterCall(scope),
  ];
};

const tailCall: Maker = (scope) => {
  if (scope.kind !== "main") return arithmetic(scope);
  const { random } = scope;
  return [
    isa.mov.reg(1, context),
    mapIn(2, programMap.name),
    ...(random.chance(0.5)
      ? [isa.mov.imm(3, random.below(5))]
      : [isa.mov.reg(3, random.pick(lasting)), isa.and.imm(3, 3)]),
    callOf("bpf_tail_call"),
    isa.mov.imm(0, random.below(4)),
    ...afterCall(scope),
  ];
};

const packetHelper: Maker = (scope) => {
  if (scope.kind === "callback") return arithmetic(scope);
  const { random } = scope;
  const adjust = random.chance(0.3);
  const helper = adjust
    ? random.pick(["bpf_xdp_adjust_head", "bpf_xdp_adjust_tail"] as const)
    : random.pick(["bpf_xdp_load_bytes", "bpf_xdp_store_bytes"] as const);
  return [
    isa.mov.reg(1, context),
    isa.mov.imm(2, adjust ? random.below(40) - 20 : random.below(60)),
    ...(adjust ? [] : [...argument(3, valuePlace), isa.mov.imm(4, scope.wrong() ? 900 : 1 + random.below(24))]),
    callOf(helper),
    isa.load(8, random.pick(lasting), 10, valuePlace),
    ...afterCall(scope),
  ];
};

const mistake: Maker = (scope) => {
  const { random } = scope;
  return random.pick<() => Line[]>([
    () => [isa.store(4, context, 0, random.pick(lasting))],
    () => [isa.load(8, number(scope), number(scope), 0)],
    () => [isa.load(4, number(scope), context, random.pick([21, 22, 24, 28]))],
    // What it is stays inside: addresses differ from runtime to runtime.
    () => [isa.mov.reg(pointer, 10), isa.load(8, pointer, pointer, -8), isa.load(1, pointer, pointer, 0)],
    () => [isa.load(1, number(scope), 10, random.pick([0, -513, -512, -200]))],
    () => [isa.add.reg(context, random.pick(lasting))],
    () => [isa.load(4, pointer, context, 0), isa.load(1, random.pick(lasting), pointer, 0)],
  ])();
};

const makers: readonly (readonly [number, Maker])[] = [
  [12, arithmetic],
  [8, branch],
  [4, loop],
  [6, stack],
  [4, stackVariable],
  [9, packet],
  [12, lookup],
  [7, update],
  [3, queue],
  [5, global],
  [4, atomic],
  [4, callFunction],
  [4, callLoop],
  [2, tailCall],
  [3, packetHelper],
];
const weighted = makers.flatMap(([weight, maker]) => Array.from({ length: weight }, () => maker));
/** Callbacks of `bpf_loop` have no context. */
const withoutContext = new Set<Maker>([packet, packetHelper, tailCall, callFunction]);

function deeper(scope: Scope): Scope {
  return { ...scope, depth: scope.depth + 1 };
}

function block(scope: Scope, length: number): Line[] {
  const { random } = scope;
  return Array.from({ length }, () => {
    if (scope.wrong()) return mistake(scope);
    let maker = random.pick(weighted);
    if (scope.kind === "callback" && withoutContext.has(maker)) maker = arithmetic;
    if (scope.depth > 1 && (maker === branch || maker === loop)) maker = arithmetic;
    return maker(scope);
  }).flat();
}

/** Every register and every place that programs use holds something. */
function prologue({ random, kind }: Scope): Line[] {
  return [
    ...(kind === "callback" ? [isa.mov.reg(pointer, 2)] : [isa.mov.reg(context, 1)]),
    kind === "main" ? isa.mov.imm(8, random.pick(someImmediates)) : isa.mov.reg(8, kind === "function" ? 2 : 1),
    ...(kind === "callback"
      ? [isa.load(8, 9, pointer, 0)]
      : [isa.load64(9, BigInt(random.below(2 ** 32)) << BigInt(random.below(33)))]),
    isa.mov.imm(0, random.below(4)),
    ...stackNumbers.map((place) => isa.storeImmediate(8, 10, place, random.below(100))),
    isa.storeImmediate(8, 10, keyPlace, 0),
    ...[0, 8, 16].map((at) => isa.storeImmediate(8, 10, valuePlace + at, random.below(1000))),
    ...passing.map((register) => isa.mov.imm(register, random.pick(someImmediates))),
    // The pointer that callbacks are handed must outlive what they do with r7.
    ...(kind === "callback" ? [isa.mov.reg(context, pointer)] : []),
  ];
}

function epilogue(scope: Scope): Line[] {
  const { random, kind } = scope;
  if (kind === "callback") {
    return [
      isa.store(8, context, 0, random.pick(lasting)),
      isa.mov.reg(0, 9),
      ...(scope.wrong() ? [] : [isa.and.imm(0, random.pick([0, 0, 1]))]),
      isa.exit(),
    ];
  }
  return [
    isa.mov.reg(0, random.pick(lasting)),
    isa.load(8, 1, 10, random.pick(stackNumbers)),
    isa.xor.reg(0, 1),
    isa.exit(),
  ];
}

const labelled = (): Label => ({});

/** A collection of one program for XDP, and of the one that it may tail-call. */
export function typedProgram(seed: number): CollectionSpec {
  const random = randomSource(seed);
  const mistakes = random.chance(0.35) ? 0.02 : 0;
  const btf = createBtfBuilder();
  const scope = (kind: Scope["kind"], functions: readonly Label[], callbacks: readonly Label[]): Scope => ({
    ...{ random, kind, depth: 0, functions, callbacks },
    wrong: () => mistakes > 0 && random.chance(mistakes),
  });
  const written = (name: string, inside: Scope, length: number): WrittenFunction => ({
    name,
    label: labelled(),
    parameters: { main: ["pointer"], function: ["pointer", "u64"], callback: ["u32", "pointer"] }[
      inside.kind
    ] as WrittenFunction["parameters"],
    lines: [...prologue(inside), ...block(inside, length), ...epilogue(inside)],
  });
  const program = (name: string, most: number): ProgramSpec => {
    const callback = written("callback", scope("callback", [], []), 1 + random.below(3));
    const lower = written("lower", scope("function", [], [callback.label]), 1 + random.below(4));
    const upper = written("upper", scope("function", [lower.label], [callback.label]), 1 + random.below(4));
    const all = [upper, lower, callback];
    const labels = random.chance(0.6) ? [upper.label, lower.label] : [];
    const main = written(name, scope("main", labels, [callback.label]), 2 + random.below(most));
    return programOf(name, { kind: "xdp", target: "" }, reached(main, all), btf);
  };
  const main = program("tried", 14);
  const usesTail = main.maps.some(({ map }) => map === programMap.name);
  const programs = usesTail ? [main, program(nextProgram, 4)] : [main];
  const used = new Set(programs.flatMap(({ maps }) => maps.map(({ map }) => map)));
  return {
    name: "fuzz",
    license: "Dual MIT/GPL",
    maps: allMaps.filter(({ name }) => used.has(name)),
    config: [],
    programs,
    btf: btf.encode(),
  };
}

/** The functions that are called, the program first: the kernel refuses code that nothing reaches. */
function reached(main: WrittenFunction, others: readonly WrittenFunction[]): WrittenFunction[] {
  const found = [main];
  for (const written of found) {
    const called = new Set(written.lines.flatMap((line) => ("to" in line ? [line.to] : [])));
    for (const other of others) if (called.has(other.label) && !found.includes(other)) found.push(other);
  }
  return found;
}
