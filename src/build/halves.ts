/**
 * A module may have two halves: programs for the kernel, and, as its default export, the function that works with them in
 * user space. The compiler gets the first one: what only the other half uses is blank there.
 */

import { applyEdits, blank } from "./edits.ts";
import { childrenOf, isNode, type Node, parseModule } from "./syntax-tree.ts";

/** A top-level statement, what it declares, and what it speaks of. */
interface Item {
  readonly node: Node;
  readonly names: readonly string[];
  readonly uses: ReadonlySet<string>;
  readonly isUserHalf: boolean;
}

/** The text of a module for the compiler; every line and column is where it was. */
export function kernelHalf(path: string, text: string): string {
  // Most modules have one half, and need no second look.
  if (!text.includes("default")) return text;
  const items = parseModule(path, text).map(itemOf);
  if (!items.some(({ isUserHalf }) => isUserHalf)) return text;
  const user = reachable(
    items,
    items.filter(({ isUserHalf }) => isUserHalf),
  );
  const kernel = reachable(
    items,
    items.filter((item) => !user.has(item) || isNamedExport(item)),
  );
  const edits = items
    .filter((item) => (user.has(item) && !kernel.has(item)) || isForUserSpace(item, kernel))
    .map(({ node }) => blank(text, node.start, node.end));
  return applyEdits(text, edits);
}

/** Whether a module has a user half. */
export function hasUserHalf(path: string, text: string): boolean {
  return text.includes("default") && parseModule(path, text).some((node) => itemOf(node).isUserHalf);
}

function itemOf(node: Node): Item {
  const uses = new Set<string>();
  if (node.type !== "ImportDeclaration") collectUses(node, uses);
  const names = namesOf(node);
  for (const name of names) uses.delete(name);
  return { node, names, uses, isUserHalf: isDefaultExport(node) };
}

function isDefaultExport(node: Node): boolean {
  if (node.type === "ExportDefaultDeclaration") return true;
  if (node.type !== "ExportNamedDeclaration" || isNode(node["declaration"])) return false;
  const specifiers = node["specifiers"] as readonly Node[];
  return specifiers.length === 1 && nameOf(specifiers[0]!["exported"] as Node) === "default";
}

const isNamedExport = ({ node, isUserHalf }: Item): boolean => node.type === "ExportNamedDeclaration" && !isUserHalf;

/** An import of neither the language nor a module of the program, such as `node:fs`, that no program speaks of. */
function isForUserSpace({ node, names }: Item, kernel: ReadonlySet<Item>): boolean {
  if (node.type !== "ImportDeclaration") return false;
  const specifier = (node["source"] as Node)["value"] as string;
  if (specifier.startsWith(".") || specifier === "tarsier/program") return false;
  return ![...kernel].some((item) => names.some((name) => item.uses.has(name)));
}

function namesOf(node: Node): string[] {
  switch (node.type) {
    case "ImportDeclaration":
      return (node["specifiers"] as readonly Node[]).map(({ local }) => nameOf(local as Node));
    case "ExportNamedDeclaration":
      return isNode(node["declaration"]) ? namesOf(node["declaration"]) : [];
    case "VariableDeclaration":
      return (node["declarations"] as readonly Node[]).flatMap(({ id }) => boundNames(id as Node));
    default:
      return isNode(node["id"]) ? [nameOf(node["id"])] : [];
  }
}

function boundNames(pattern: Node): string[] {
  if (pattern.type === "Identifier") return [nameOf(pattern)];
  return childrenOf(pattern).flatMap(boundNames);
}

const nameOf = (node: Node): string => String(node["name"] ?? node["value"]);

/** Every name that is read; a property's own name is none, a name that is declared again inside counts all the same. */
function collectUses(node: Node, uses: Set<string>): void {
  if (node.type === "Identifier") uses.add(nameOf(node));
  const isPlainMember = node.type === "MemberExpression" && node["computed"] !== true;
  const isPlainKey = node.type === "Property" && node["computed"] !== true && node["shorthand"] !== true;
  for (const child of childrenOf(node)) {
    if (isPlainMember && child === node["property"]) continue;
    if (isPlainKey && child === node["key"]) continue;
    collectUses(child, uses);
  }
}

/** Everything that some items need, with them. */
function reachable(items: readonly Item[], from: readonly Item[]): ReadonlySet<Item> {
  const reached = new Set(from);
  // Items that are added on the way are visited too.
  for (const { uses } of reached) {
    for (const item of items) if (item.names.some((name) => uses.has(name))) reached.add(item);
  }
  return reached;
}
