/** How often each construct of the language was run: a row for each, those that never came up included. */

import { arithmeticOperators, comparisonOperators } from "./operators.ts";
import { bitsOf, functionForms, integerNames, type ModuleNode, mapKinds } from "./tree.ts";

const typed = (prefix: string, operators: readonly string[]): string[] =>
  operators.flatMap((operator) =>
    integerNames
      .filter((type) => !operator.startsWith(">>>") || bitsOf(type) < 64)
      .map((type) => `${prefix} ${operator} ${type}`),
  );

/** Every construct that the generator knows. */
export const constructs: readonly string[] = [
  ...typed("binary", arithmeticOperators),
  ...typed("compare", comparisonOperators),
  ...typed("unary", ["-", "~"]),
  ...typed(
    "assign",
    arithmeticOperators.map((operator) => `${operator}=`),
  ),
  ...typed("update", ["++", "--"]),
  ...typed("extreme", ["min", "max"]),
  ...integerNames.flatMap((from) => integerNames.map((to) => `cast ${from} to ${to}`)),
  ...integerNames.flatMap((type) => [`load ${type}`, `store ${type}`, `switch over ${type}`, `for over ${type}`]),
  ...["add", "exchange", "compareExchange"].map((operation) => `atomic ${operation}`),
  ...["countTrailingZeros", "log2", "byteSwap16", "byteSwap32"].map((name) => `bits ${name}`),
  ...functionForms.map((form) => `call of ${form}`),
  ...mapKinds.map((kind) => `get of ${kind}`),
  ...["hash", "lruHash", "perCpuHash"].flatMap((kind) =>
    ["getOrInsert", "set", "delete", "has"].map((name) => `${name} of ${kind}`),
  ),
  ..."&& || ! sameTruth truth isNull conditional(integer) conditional(boolean) conditional(reference)".split(" "),
  ..."field element[] element.at() constant-index variable-index variable-index-twice length slice copy zero".split(
    " ",
  ),
  ..."name constant literal call repeat if if-else for while doWhile forOf(range) forOf(array) labeled switch block".split(
    " ",
  ),
  ..."declare-const declare-let copyOf of nullish startsWith equals writeText assign-struct falls-through".split(" "),
  ..."view packetLoad packetLength program(rawTracepoint) program(xdp) break-label continue-label".split(" "),
  ..."assign-name assign-place break continue return return-value expression store-statement default-case".split(" "),
];

export class Coverage {
  readonly counts = new Map<string, number>(constructs.map((construct) => [construct, 0]));
  #maps = new Map<string, string>();
  #forms = new Map<string, string>();

  /** Counts what stands in a module. */
  add(module: ModuleNode): void {
    this.#maps = new Map(module.maps.map(({ name, kind }) => [name, kind]));
    this.#forms = new Map(module.functions.map(({ name, form }) => [name, form]));
    this.#walk([module.functions, module.programs]);
  }

  /** Adds what another process counted. */
  merge(counts: Readonly<Record<string, number>>): void {
    for (const [construct, count] of Object.entries(counts)) this.#count(construct, count);
  }

  missing(): string[] {
    return [...this.counts].flatMap(([construct, count]) => (count === 0 ? [construct] : []));
  }

  /** The table, in columns. */
  table(): string {
    const cells = [...this.counts].map(([construct, count]) => `${construct.padEnd(28)}${String(count).padStart(9)}`);
    const rows = Math.ceil(cells.length / 3);
    return Array.from({ length: rows }, (_, row) =>
      [0, 1, 2]
        .map((column) => cells[column * rows + row] ?? "")
        .join("   ")
        .trimEnd(),
    ).join("\n");
  }

  #count(construct: string, by = 1): void {
    this.counts.set(construct, (this.counts.get(construct) ?? 0) + by);
  }

  #walk(node: unknown): void {
    if (Array.isArray(node)) {
      for (const item of node) this.#walk(item);
      return;
    }
    if (typeof node !== "object" || node === null) return;
    const known = node as Record<string, unknown> & { kind?: string };
    for (const construct of this.#constructsOf(known)) this.#count(construct);
    for (const [name, value] of Object.entries(known)) if (name !== "type" && name !== "returns") this.#walk(value);
  }

  #constructsOf(node: Record<string, unknown> & { kind?: string }): string[] {
    const text = (name: string) => String(node[name]);
    switch (node.kind) {
      case "binary":
      case "compare":
      case "unary":
      case "update":
        return [`${node.kind} ${text("operator")} ${text("type")}`];
      case "extreme":
        return [`extreme ${text("which")} ${text("type")}`];
      case "assign": {
        const { kind } = node["target"] as { kind: string };
        if (node["type"] === undefined && kind !== "name") return ["assign-struct"];
        const place = (node["target"] as { kind: string }).kind === "name" ? "assign-name" : "assign-place";
        return node["operator"] === "" ? [place] : [place, `assign ${text("operator")}= ${text("type")}`];
      }
      case "cast":
        return [`cast ${text("from")} to ${text("to")}`];
      case "load":
        return [`load ${text("type")}`];
      case "store":
        return ["store-statement", `store ${text("type")}`];
      case "switch": {
        const cases = node["cases"] as { isDefault: boolean }[];
        const runsOn = (node["cases"] as { end: string }[]).some(({ end }) => end === "on") ? ["falls-through"] : [];
        return [
          "switch",
          ...runsOn,
          `switch over ${text("type")}`,
          ...(cases.some(({ isDefault }) => isDefault) ? ["default-case"] : []),
        ];
      }
      case "call":
        return ["call", `call of ${this.#forms.get(text("name"))}`];
      case "forOf":
        return [`forOf(${(node["over"] as { kind: string }).kind === "range" ? "range" : "array"})`];
      case "break":
      case "continue":
        return [node["label"] === undefined ? node.kind : `${node.kind}-label`];
      case "for":
        return ["for", `for over ${text("type")}`];
      case "atomic":
        return [`atomic ${text("operation")}`];
      case "bits":
        return [`bits ${text("which")}`];
      case "get":
      case "getOrInsert":
      case "set":
      case "delete":
      case "has":
        return [`${node.kind} of ${this.#maps.get(text("map"))}`];
      case "logical":
        return [text("operator")];
      case "not":
        return ["!"];
      case "conditional":
        return [`conditional(${text("of")})`];
      case "element": {
        const isConstant = (node["index"] as { kind: string }).kind === "literal";
        const twice = !isConstant && hasVariableIndex(node["object"]) ? ["variable-index-twice"] : [];
        return [
          node["form"] === "at" ? "element.at()" : "element[]",
          isConstant ? "constant-index" : "variable-index",
          ...twice,
        ];
      }
      case "if":
        return [node["otherwise"] === undefined ? "if" : "if-else"];
      case "declare":
        return [node["mutable"] === true ? "declare-let" : "declare-const"];
      case "return":
        return [node["value"] === undefined ? "return" : "return-value"];
      case undefined:
        return node["hook"] === undefined ? [] : [`program(${text("hook")})`];
      case "integer":
      case "boolean":
      case "reference":
      case "void":
        return [];
      default:
        return [node.kind];
    }
  }
}

function hasVariableIndex(node: unknown): boolean {
  const { kind, object, index } = node as { kind: string; object: unknown; index: { kind: string } };
  if (kind === "field") return hasVariableIndex(object);
  return kind === "element" && (index.kind !== "literal" || hasVariableIndex(object));
}
