/** Calls of the module's functions. */

import type { Expression, Parameter, ValueType } from "../tree.ts";
import { boolean } from "./booleans.ts";
import { adaptable, hasVariableIndex } from "./integers.ts";
import { type KnownFunction, references, type Scope } from "./names.ts";
import { structPlace } from "./places.ts";

/** A call whose result is wanted; `undefined` if no function fits here. */
export function call(scope: Scope, isWanted: (type: ValueType) => boolean, depth: number): Expression | undefined {
  const { body } = scope;
  const found = body.world.functions.filter(
    ({ node, isStep, ...known }) => !isStep && isWanted(node.returns) && isCallable(scope, known),
  );
  if (found.length === 0) return undefined;
  const chosen = body.world.random.pick(found);
  const given = argumentsFor(scope, chosen.node.parameters, depth);
  if (given === undefined) return undefined;
  noteCall(scope, chosen);
  return { kind: "call", name: chosen.node.name, given };
}

export function isCallable(
  { body, loops }: Scope,
  { weight, replaces }: Pick<KnownFunction, "weight" | "replaces">,
): boolean {
  if (body.calls <= 0 || body.weight + weight * (loops + 1) > 60) return false;
  return [...replaces].every((map) => !body.frozen.has(map));
}

export function noteCall({ body, loops }: Scope, { weight, replaces }: KnownFunction): void {
  body.calls--;
  body.weight += weight * (loops + 1);
  for (const map of replaces) body.replaces.add(map);
}

export function argumentsFor(
  scope: Scope,
  parameters: readonly Parameter[],
  depth: number,
  isUsable: (name: { readonly onStack?: boolean }) => boolean = () => true,
): Expression[] | undefined {
  const given = parameters.map(({ type }) => argument(scope, type, depth, isUsable));
  return given.every((one) => one !== undefined) ? given : undefined;
}

function argument(
  scope: Scope,
  type: ValueType,
  depth: number,
  isUsable: (name: { readonly onStack?: boolean }) => boolean,
): Expression | undefined {
  const { random } = scope.body.world;
  if (type.kind === "integer") return adaptable(scope, type.name, Math.min(depth - 1, 1));
  if (type.kind === "boolean") return boolean(scope, Math.min(depth - 1, 1));
  if (type.kind !== "reference") return undefined;
  const known = { ...scope, names: scope.names.filter(isUsable) };
  if (random.chance(25)) {
    const inside = structPlace(known, type.to, -1);
    if (inside !== undefined && !hasVariableIndex(inside.node)) return inside.node;
  }
  const found = references(known, type.to);
  return found.length === 0 ? undefined : { kind: "name", name: random.pick(found).name };
}
