/** A random module: structs, maps, constants, functions, and programs that use them. */

import { numeral } from "../print.ts";
import {
  type DataType,
  type Expression,
  type FunctionNode,
  type IntegerName,
  integerNames,
  type MapNode,
  type ModuleNode,
  type Parameter,
  type ProgramNode,
  type Statement,
  type StructType,
  type ValueType,
} from "../tree.ts";
import { integer } from "./integers.ts";
import { type Body, type Name, parameterName, type Scope, type World } from "./names.ts";
import { Random } from "./random.ts";
import { returned, statements } from "./statements.ts";

export const resultMap = "result";

export function generateModule(seed: number, programs: number): ModuleNode {
  const random = new Random(seed);
  const structs = makeStructs(random);
  const [constants, constantsText] = makeConstants(random);
  const configs = ["first", "second", "third"].map((name) => {
    const type = random.pick(integerNames);
    return { name, type, value: random.value(type) };
  });
  const globals = (["u64", "i16", "u32"] as const).map((type, index) => {
    return { name: `shared${index}`, type, value: random.value(type) };
  });
  const globalNames = globals.map(({ name, type }): Name => {
    const fields = [{ name: "value", type: { kind: "integer" as const, name: type } }];
    return {
      name,
      mutable: false,
      type: { kind: "reference", to: { kind: "struct", name: "box", fields }, nullable: false },
    };
  });
  const world: World = {
    random,
    structs,
    globals: globalNames,
    maps: makeMaps(structs),
    constants,
    configs,
    functions: [],
    next: 0,
  };
  for (let index = 0; index < 6; index++) makeFunction(world, index);
  const made = Array.from({ length: programs }, (_, index) => makeProgram(world, `program${index}`));
  return {
    structs: [structs.inner, structs.key, structs.outer, structs.header],
    maps: world.maps,
    configs,
    globals,
    constants: constantsText,
    functions: world.functions.map(({ node }) => node),
    programs: made,
  };
}

function makeStructs(random: Random): World["structs"] {
  const integerType = (): DataType => ({ kind: "integer", name: random.pick(integerNames) });
  const some = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}`, type: integerType() }));
  const list = (element: DataType, longest: number): DataType => ({
    kind: "array",
    element,
    length: random.between(2, longest),
  });
  const shuffled = <Item>(items: Item[]) => items.sort(() => random.below(3) - 1);
  const inner: StructType = {
    kind: "struct",
    name: "Inner",
    fields: shuffled([
      ...some("i", 3),
      { name: "wide", type: { kind: "integer", name: "u64" } },
      { name: "few", type: list({ kind: "integer", name: random.pick(["u8", "u16", "i8", "i16"]) }, 4) },
      { name: "text", type: { kind: "bytes", length: random.between(4, 12) } },
    ]),
  };
  const key: StructType = { kind: "struct", name: "Key", fields: some("k", random.between(1, 3)) };
  const outer: StructType = {
    kind: "struct",
    name: "Outer",
    fields: shuffled([
      ...integerNames.map((name) => ({ name: `${name}s`, type: list({ kind: "integer", name }, 4) })),
      ...some("o", 3),
      { name: "count", type: { kind: "integer" as const, name: "u32" as const } },
      { name: "inner", type: inner },
      { name: "inners", type: list(inner, 4) },
      { name: "bytes", type: { kind: "bytes" as const, length: random.between(8, 40) } },
    ]),
  };
  const header: StructType = { kind: "struct", name: "Header", fields: some("h", random.between(2, 5)) };
  return { inner, key, outer, header };
}

function makeMaps({ inner, outer, key }: World["structs"]): MapNode[] {
  return [
    { kind: "arrayMap", name: resultMap, key: "u32", value: outer, maxEntries: 2 },
    { kind: "arrayMap", name: "numbers", key: "u32", value: "i64", maxEntries: 3 },
    { kind: "perCpuArray", name: "scratch", key: "u32", value: inner, maxEntries: 2 },
    { kind: "hash", name: "entries", key, value: inner, maxEntries: 256 },
    { kind: "lruHash", name: "recent", key: "u32", value: "u64", maxEntries: 2048 },
    { kind: "perCpuHash", name: "own", key: "u16", value: inner, maxEntries: 256 },
  ];
}

function makeConstants(random: Random): [(Expression & { kind: "constant" })[], string] {
  const made = integerNames.map((type, index) => ({ name: `c${index}`, type, value: random.value(type) }));
  const text = (items: typeof made) =>
    items.map(({ name, type, value }) => `${name}: ${numeral(type, value)}`).join(", ");
  const [outside, inside] = [made.slice(0, 5), made.slice(5)];
  const constants = made.map(({ name, type, value }) => ({
    kind: "constant" as const,
    text: outside.some((one) => one.name === name) ? `Limits.${name}` : `Limits.deep.${name}`,
    type,
    value,
  }));
  return [constants, `const Limits = { ${text(outside)}, deep: { ${text(inside)} } } as const;`];
}

function newBody(world: World, returns: ValueType, isStep: boolean, budget: number, hasPacket = false): Body {
  return {
    world,
    returns,
    isStep,
    hasPacket,
    replaces: new Set(),
    frozen: new Set(),
    budget,
    stack: isStep ? 1 : 2,
    calls: 3,
    weight: 0,
  };
}

function makeFunction(world: World, index: number): void {
  const { random, structs } = world;
  const isStep = index === 2;
  const reference = (to: StructType, nullable = false): ValueType => ({ kind: "reference", to, nullable });
  const someInteger = (): ValueType => ({ kind: "integer", name: random.pick(integerNames) });
  const returns: ValueType = isStep
    ? { kind: "boolean" }
    : (
        [
          someInteger(),
          someInteger(),
          { kind: "boolean" },
          { kind: "boolean" },
          reference(structs.inner, true),
          { kind: "void" },
        ] as const
      )[index]!;
  const form = isStep ? "function" : formOf(random, index);
  const numbers = (): ValueType[] => [
    ...Array.from({ length: random.between(1, 4) }, someInteger),
    ...(random.chance(30) ? [{ kind: "boolean" } as const] : []),
  ];
  const inlineTypes: ValueType[] = isStep
    ? [{ kind: "integer", name: "u32" }, reference(structs.outer), someInteger()]
    : [
        ...Array.from({ length: random.between(1, 2) }, someInteger),
        ...(random.chance(30) ? [{ kind: "boolean" } as const] : []),
        ...(returns.kind === "reference" || returns.kind === "void" || random.chance(50)
          ? [reference(structs.inner)]
          : []),
        ...(returns.kind === "reference" ? [reference(structs.inner)] : []),
        ...(random.chance(30) ? [reference(structs.outer)] : []),
      ];
  const types = form === "function" ? inlineTypes : numbers();
  const parameters = types.map((type, position): Parameter => ({ name: parameterName(position), type }));
  const names = parameters.map(
    ({ name, type }): Name => ({ name, type, mutable: false, onStack: !isStep && type.kind === "reference" }),
  );
  const body = newBody(world, returns, isStep, random.between(2, 5));
  // The stacks of functions that call one another have 512 bytes together.
  if (form !== "function") Object.assign(body, { stack: 0, calls: 0 });
  const scope: Scope = { body, names: [...names, ...world.globals], loops: 0, inLoop: false, labels: [] };
  const made = statements(scope, 5);
  const last: Statement[] = returns.kind === "void" ? [] : [{ kind: "return", value: returned(scope) }];
  const node = {
    form,
    name: isStep ? `step${index}` : `function${index}`,
    parameters,
    returns,
    body: [...made, ...last],
  };
  world.functions.push({ node, replaces: body.replaces, weight: body.weight + 2, isStep });
}

/** Of those that give back a number some are functions of their own. */
function formOf(random: Random, index: number): FunctionNode["form"] {
  if (index > 1 || random.chance(40)) return "function";
  return index === 0 ? "subprogram" : "globalSubprogram";
}

const words: readonly Name[] = ["a", "b", "c"].map((name) => ({
  name,
  mutable: false,
  type: { kind: "integer", name: "u64" },
}));

/** Puts a key on the stack, so that the hash of such keys is used. */
function withKey(scope: Scope, prologue: Statement[]): Scope {
  const { random, structs } = scope.body.world;
  const name = "skey";
  prologue.push({ kind: "declare", name, mutable: false, value: { kind: "zero", type: structs.key } });
  for (const field of structs.key.fields) {
    if (field.type.kind !== "integer") continue;
    const type = field.type.name;
    const target: Expression = { kind: "field", object: { kind: "name", name }, name: field.name };
    const left: Expression = {
      kind: "cast",
      to: type,
      from: "u64",
      operand: { kind: "name", name: random.pick(["a", "b"]) },
    };
    const right: Expression = { kind: "literal", type, value: 3n, cast: false };
    const value: Expression = { kind: "binary", operator: "%", type, left, right };
    prologue.push({ kind: "assign", target, operator: "", type, value });
  }
  const key: Name = {
    name,
    mutable: false,
    onStack: true,
    type: { kind: "reference", to: structs.key, nullable: false },
  };
  return { ...scope, names: [...scope.names, key] };
}

/** Looks up the first entry of `result`, does things, and leaves numbers there. */
function makeProgram(world: World, name: string): ProgramNode {
  const { random, structs } = world;
  const hook = random.chance(35) ? "xdp" : "rawTracepoint";
  const returns = hook === "xdp" || random.chance(50) ? "i32" : "void";
  const body = newBody(
    world,
    returns === "void" ? { kind: "void" } : { kind: "integer", name: "i32" },
    false,
    random.between(6, 18),
    hook === "xdp",
  );
  const out: Name = { name: "out", mutable: false, type: { kind: "reference", to: structs.outer, nullable: false } };
  const scope: Scope = { body, names: [...words, ...world.globals, out], loops: 0, inLoop: false, labels: [] };
  const zero: Expression = { kind: "literal", type: "u32", value: 0n, cast: false };
  const leaving: Statement =
    returns === "void"
      ? { kind: "return" }
      : { kind: "return", value: { kind: "literal", type: "i32", value: 1n, cast: false } };
  const loads = ["a", "b", "c"].map((word, index): Statement => {
    const at: Expression = { kind: "literal", type: "u32", value: BigInt(index * 8), cast: false };
    return { kind: "declare", name: word, mutable: false, value: { kind: "packetLoad", type: "u64", at } };
  });
  const prologue: Statement[] = [
    ...(hook === "xdp" ? loads : []),
    { kind: "declare", name: "out", mutable: false, value: { kind: "get", map: resultMap, key: zero } },
    {
      kind: "if",
      test: { kind: "isNull", operand: { kind: "name", name: "out" }, negated: false },
      then: [leaving],
    },
  ];
  const made = statements(random.chance(60) ? withKey(scope, prologue) : scope, 22);
  const type = random.pick(integerNames) as IntegerName;
  const target: Expression = {
    kind: "element",
    object: { kind: "field", object: { kind: "name", name: "out" }, name: `${type}s` },
    index: { kind: "literal", type: "u32", value: 0n, cast: false },
    form: "[]",
  };
  const epilogue: Statement[] = [
    { kind: "assign", target, operator: "", type, value: integer(scope, type, 3) },
    ...(returns === "i32" ? [{ kind: "return" as const, value: returned(scope) }] : []),
  ];
  return { name, hook, returns, body: [...prologue, ...made, ...epilogue] };
}
