/** Hooks that an application defines, and the programs that are for them. */

import { TarsierError } from "../errors/error.ts";
import { type HookDefinition, type HookReturns, hookDefinition } from "../program/define-hook.ts";
import { describeEntity, type Entity, type ProgramEntity } from "./entity.ts";
import { constant, evaluate, propertiesOf, schema, text } from "./evaluate.ts";
import type { Module } from "./module.ts";
import { problem } from "./problem.ts";
import { argumentsOf, bare, type CallExpression, type Expression } from "./syntax.ts";
import { nameMemory } from "./types.ts";

const options = ["name", "context", "writable", "returns", "default", "helpers", "maps"];

/** What `defineHook({ … })` is: an object of the numbers that its programs return. */
export function declareHook(module: Module, node: CallExpression): Entity {
  const [argument, ...more] = argumentsOf(module.file, node);
  if (argument === undefined || more.length > 0)
    throw problem("mistake", module.place(node), "defineHook takes an object");
  const given = new Map(propertiesOf(module, bare(argument)));
  for (const [option, value] of given) {
    if (!options.includes(option)) {
      throw problem("mistake", module.place(value), `defineHook has no option ${option}`, options.join(", "));
    }
  }
  const wanted = (option: string): Expression => {
    const value = given.get(option);
    if (value === undefined) throw problem("mistake", module.place(node), `defineHook needs ${option}`);
    return value;
  };
  const context = schema(module, wanted("context"));
  if (context.kind !== "struct") throw problem("mistake", module.place(wanted("context")), "a struct is wanted here");
  const list = (option: string) =>
    given.get(option) && elementsOf(module, given.get(option)!).map((one) => text(module, one));
  const [writable, helpers, maps] = ["writable", "helpers", "maps"].map(list);
  const initial = given.get("default");
  const definition = checked(module, node, () =>
    hookDefinition({
      name: text(module, wanted("name")),
      fields: context.fields,
      ...(writable && { writable }),
      returns: returnsOf(module, wanted("returns")),
      ...(initial && { default: defaultOf(module, initial) }),
      ...(helpers && { helpers }),
      ...(maps && { maps }),
    }),
  );
  nameMemory(definition.layout, `the context of ${definition.spec.name}`);
  const { returns } = definition.spec;
  const members = Object.entries(returns.kind === "named" ? returns.values : {}).map(
    ([name, value]) => [name, { kind: "constant", value: BigInt(value), wide: false }] as const,
  );
  return { kind: "object", members: new Map<string, Entity>(members), hook: definition };
}

export function declareDefinedProgram(
  module: Module,
  name: string,
  defined: HookDefinition,
  node: CallExpression,
): ProgramEntity {
  const given = argumentsOf(module.file, node);
  const handler = given.length === 1 ? bare(given[0]!) : undefined;
  if (handler?.type !== "ArrowFunctionExpression" || handler.async) {
    throw problem("notInLanguage", module.place(node), `${defined.spec.name} takes an arrow function`);
  }
  return { kind: "program", name, hook: "syscall", target: "", defined, handler, module, place: module.place(node) };
}

function elementsOf(module: Module, expression: Expression): Expression[] {
  const node = bare(expression);
  if (node.type !== "ArrayExpression") throw problem("mistake", module.place(node), "a list is wanted here");
  return node.elements.map((element) => {
    if (element !== null && element.type !== "SpreadElement") return element;
    throw problem("mistake", module.place(element ?? node), "a plain list is wanted here");
  });
}

function returnsOf(module: Module, expression: Expression): HookReturns {
  const node = bare(expression);
  if (node.type === "ArrayExpression") {
    const [least, most] = elementsOf(module, node).map((element) => Number(constant(module, element).value));
    return [least ?? Number.NaN, most ?? Number.NaN];
  }
  const entity = evaluate(module, node);
  if (entity.kind !== "object") {
    throw problem(
      "mistake",
      module.place(node),
      `results are wanted here, not ${describeEntity(entity)}`,
      "{ allow: 0, deny: 1 }",
    );
  }
  return Object.fromEntries(
    [...entity.members].map(([name, member]) => {
      if (member.kind !== "constant") throw problem("mistake", module.place(node), `${name} is to be a number`);
      return [name, Number(member.value)];
    }),
  );
}

function defaultOf(module: Module, expression: Expression): string | number {
  const entity = evaluate(module, expression);
  return entity.kind === "text" ? entity.value : Number(constant(module, expression).value);
}

/** What is wrong with a definition stands at its place in the text. */
function checked<Value>(module: Module, node: CallExpression, make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TarsierError) || error.kind !== "input") throw error;
    throw problem("mistake", module.place(node), error.message);
  }
}
