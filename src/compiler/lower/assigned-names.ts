/** Which names a piece of the tree assigns to. */

import type { Expression, Statement } from "../syntax.ts";

export function assignedNames(nodes: readonly (Expression | Statement | null)[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodes) collect(node, names);
  return names;
}

function collect(node: unknown, names: Set<string>): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, names);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const { type, left, argument } = node as { type?: string; left?: NamedNode; argument?: NamedNode };
  const target = type === "AssignmentExpression" ? left : type === "UpdateExpression" ? argument : undefined;
  if (target?.type === "Identifier") names.add(target.name!);
  for (const value of Object.values(node)) collect(value, names);
}

interface NamedNode {
  readonly type: string;
  readonly name?: string;
}
