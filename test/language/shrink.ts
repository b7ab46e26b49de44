/** The smallest program that still fails in the same way: statements are left out, and expressions replaced by their parts. */

import type { ModuleNode, ProgramNode } from "./tree.ts";

type Node = { readonly kind: string } & Record<string, unknown>;

/** `fails` says whether a module still does what it should not. */
export function shrink(module: ModuleNode, fails: (module: ModuleNode) => boolean): ModuleNode {
  let best = module;
  for (let changed = true; changed; ) {
    changed = false;
    for (const candidate of smaller(best)) {
      if (!fails(candidate)) continue;
      best = candidate;
      changed = true;
      break;
    }
  }
  return best;
}

function* smaller(module: ModuleNode): Generator<ModuleNode> {
  for (const index of module.functions.keys())
    yield { ...module, functions: module.functions.filter((_, at) => at !== index) };
  for (const index of module.maps.keys()) yield { ...module, maps: module.maps.filter((_, at) => at !== index) };
  for (const index of module.configs.keys())
    yield { ...module, configs: module.configs.filter((_, at) => at !== index) };
  for (const programs of variants(module.programs)) yield { ...module, programs: programs as ProgramNode[] };
  for (const functions of variants(module.functions))
    yield { ...module, functions: functions as ModuleNode["functions"] };
}

/** Every tree with one thing less. */
function* variants(node: unknown): Generator<unknown> {
  if (Array.isArray(node)) {
    const isList = node.some((item) => isStatement(item));
    if (isList && node.length > 3) {
      const half = node.length >> 1;
      yield node.slice(half);
      yield node.slice(0, half);
    }
    if (isList || node.some((item) => item?.tests))
      for (const index of node.keys()) yield node.filter((_, at) => at !== index);
    if (isList) {
      for (const [index, item] of node.entries()) {
        for (const body of [item.body, item.then, item.otherwise]) {
          if (Array.isArray(body)) yield [...node.slice(0, index), ...body, ...node.slice(index + 1)];
        }
      }
    }
    for (const [index, item] of node.entries()) {
      for (const other of variants(item)) yield [...node.slice(0, index), other, ...node.slice(index + 1)];
    }
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const own = node as Node;
  yield* simpler(own);
  for (const [name, value] of Object.entries(own)) {
    if (name === "type" && typeof value === "object") continue;
    if (typeof value !== "object" || value === null) continue;
    for (const other of variants(value)) yield { ...own, [name]: other };
  }
}

function* simpler(node: Node): Generator<unknown> {
  const type = node["type"];
  const integers = [
    "binary",
    "unary",
    "extreme",
    "cast",
    "load",
    "atomic",
    "element",
    "field",
    "call",
    "conditional",
    "bits",
  ];
  if (["binary", "unary", "extreme", "conditional", "logical", "not"].includes(node.kind)) {
    for (const part of ["left", "right", "operand", "yes", "no"]) if (node[part] !== undefined) yield node[part];
  }
  if (["compare", "logical", "not", "sameTruth", "isNull", "has", "copy"].includes(node.kind)) {
    yield { kind: "truth", value: true };
    yield { kind: "truth", value: false };
  }
  if (integers.includes(node.kind)) {
    const types = typeof type === "string" ? [type] : typeof node["to"] === "string" ? [node["to"]] : [];
    for (const name of types) for (const value of [0n, 1n]) yield { kind: "literal", type: name, value, cast: true };
  }
  if (node.kind === "literal" && node["value"] !== 0n) yield { ...node, value: 0n };
  if (node.kind === "assign" && node["operator"] !== "") yield { ...node, operator: "" };
}

function isStatement(item: unknown): boolean {
  const kinds = [
    "declare",
    "doWhile",
    "forOf",
    "labeled",
    "writeText",
    "assign",
    "update",
    "store",
    "if",
    "for",
    "while",
    "switch",
    "break",
    "continue",
    "return",
  ];
  return (
    typeof item === "object" &&
    item !== null &&
    [...kinds, "expression", "repeat", "block"].includes((item as Node).kind)
  );
}
