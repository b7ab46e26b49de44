/**
 * TypeScript → JavaScript by taking the types away: they become spaces, so that every line and column is where it was and
 * no source map is needed. What is no plain JavaScript without its types is refused, but for enums, which get a text of
 * their own: programs have them.
 */

import { applyEdits, blank, type Edit } from "./edits.ts";
import { enumText } from "./strip-enum.ts";
import { childrenOf, isNode, type Node, parseModule, syntaxProblem } from "./syntax-tree.ts";

/** The JavaScript of a TypeScript module. Throws `ProgramError` on the line that cannot be one. */
export function stripTypes(path: string, text: string): string {
  const body = parseModule(path, text);
  const stripper = new Stripper(path, text);
  for (const statement of body) stripper.visit(statement);
  for (const statement of body) stripper.dropUnusedImports(statement);
  return applyEdits(text, stripper.edits);
}

/** Nodes that are types as a whole, and nothing of them is left. */
const types = new Set([
  "TSTypeAnnotation",
  "TSTypeParameterDeclaration",
  "TSTypeParameterInstantiation",
  "TSIndexSignature",
  "TSAbstractMethodDefinition",
  "TSAbstractPropertyDefinition",
]);
const typeStatements = new Set(["TSInterfaceDeclaration", "TSTypeAliasDeclaration", "TSDeclareFunction"]);
/** Words that stand before a member of a class, or before a class. */
const modifiers = /^(?:(?:public|private|protected|readonly|override|abstract|declare)\s+)+/;
const staticModifiers = /^(static\s+)((?:(?:public|private|protected|readonly|override|abstract|declare)\s+)+)/;

const refused: Readonly<Record<string, string>> = {
  TSParameterProperty: "a parameter that is a property: declare the property, and set it in the constructor",
  TSImportEqualsDeclaration: "`import … =`: write `import … from`",
  TSExportAssignment: "`export =`: write `export default`",
  TSNamespaceExportDeclaration: "`export as namespace`",
};

class Stripper {
  readonly edits: Edit[] = [];
  readonly #path: string;
  readonly #text: string;
  /** Names that something other than a type speaks of. */
  readonly #values = new Set<string>();
  readonly #typeNames = new Set<string>();
  readonly #valueNames = new Set<string>();

  constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  visit(node: Node): void {
    if (types.has(node.type)) return this.#blank(node);
    if (typeStatements.has(node.type) || node["declare"] === true) return this.#dropStatement(node);
    const reason = refused[node.type];
    if (reason !== undefined)
      throw syntaxProblem(this.#path, this.#text, node, `this is not supported here: ${reason}`);
    switch (node.type) {
      case "TSModuleDeclaration":
        throw syntaxProblem(this.#path, this.#text, node, "a namespace is not supported here: use a module");
      case "TSEnumDeclaration":
        this.#valueNames.add((node["id"] as Node)["name"] as string);
        this.edits.push({ start: node.start, end: node.end, text: enumText(this.#text, node) });
        return;
      case "ImportDeclaration":
        return;
      case "ExportNamedDeclaration":
        return this.#exports(node);
      case "TSAsExpression":
      case "TSSatisfiesExpression":
      case "TSNonNullExpression":
        return this.#onlyExpression(node);
      case "TSTypeAssertion": {
        const expression = node["expression"] as Node;
        this.edits.push(blank(this.#text, node.start, expression.start));
        return this.visit(expression);
      }
      case "MethodDefinition":
      case "PropertyDefinition":
      case "AccessorProperty":
        if (isNode(node["value"]) && node["value"].type === "TSEmptyBodyFunctionExpression") return this.#blank(node);
        this.#member(node);
        break;
      case "ClassDeclaration":
      case "ClassExpression":
        return this.#class(node);
      case "Identifier":
        return this.#identifier(node);
    }
    if (node["optional"] === true && /Pattern$/.test(node.type)) this.#blankMark(node);
    if (isNode(node["id"]) && /Declaration$/.test(node.type)) this.#valueNames.add(String(node["id"]["name"]));
    if (Array.isArray(node["params"])) this.#dropThis(node["params"] as Node[]);
    this.#children(node);
  }

  /** Imports that nothing but types speaks of are types themselves, whether they say so or not. */
  dropUnusedImports(node: Node): void {
    if (node.type === "ExportNamedDeclaration" && !isNode(node["source"])) return this.#dropTypeExports(node);
    if (node.type !== "ImportDeclaration") return;
    const specifiers = node["specifiers"] as readonly Node[];
    const dropped = specifiers.filter(
      (specifier) =>
        specifier["importKind"] === "type" || !this.#values.has((specifier["local"] as Node)["name"] as string),
    );
    const isEmpty = specifiers.length > 0 && dropped.length === specifiers.length;
    if (node["importKind"] === "type" || isEmpty) return this.#dropStatement(node);
    for (const specifier of dropped) this.#dropSpecifier(specifier);
  }

  #dropTypeExports(node: Node): void {
    for (const specifier of (node["specifiers"] ?? []) as readonly Node[]) {
      const name = String((specifier["local"] as Node)["name"]);
      if (this.#typeNames.has(name) && !this.#valueNames.has(name)) this.#dropSpecifier(specifier);
    }
  }

  #exports(node: Node): void {
    if (node["exportKind"] === "type") return this.#dropStatement(node);
    const { declaration } = node;
    if (isNode(declaration)) {
      if (typeStatements.has(declaration.type) || declaration["declare"] === true) return this.#dropStatement(node);
      return this.visit(declaration);
    }
    for (const specifier of node["specifiers"] as readonly Node[]) {
      if (specifier["exportKind"] === "type") this.#dropSpecifier(specifier);
      else if (!isNode(node["source"])) this.#values.add(String((specifier["local"] as Node)["name"]));
    }
  }

  #onlyExpression(node: Node): void {
    const expression = node["expression"] as Node;
    this.edits.push(blank(this.#text, expression.end, node.end));
    this.visit(expression);
  }

  #member(node: Node): void {
    const at = this.#text.slice(node.start, node.end);
    const afterStatic = staticModifiers.exec(at);
    const words = modifiers.exec(at);
    if (afterStatic !== null) {
      const start = node.start + afterStatic[1]!.length;
      this.edits.push(blank(this.#text, start, start + afterStatic[2]!.length));
    } else if (words !== null) {
      this.edits.push(blank(this.#text, node.start, node.start + words[0].length));
    }
    const key = node["key"] as Node;
    // `name?` and `name!`
    const mark = /^\]?\s*[?!]/.exec(this.#text.slice(key.end, node.end));
    if (mark !== null) this.edits.push(blank(this.#text, key.end + mark[0].length - 1, key.end + mark[0].length));
  }

  #class(node: Node): void {
    const word = /^abstract\s+/.exec(this.#text.slice(node.start, node.end));
    if (word !== null) this.edits.push(blank(this.#text, node.start, node.start + word[0].length));
    const body = node["body"] as Node;
    const implemented = (node["implements"] ?? []) as readonly Node[];
    const [first] = implemented;
    if (first !== undefined) {
      const start = this.#text.lastIndexOf("implements", first.start);
      this.edits.push(blank(this.#text, start, implemented.at(-1)!.end));
    }
    if (isNode(node["id"])) this.#valueNames.add(String(node["id"]["name"]));
    for (const child of childrenOf(node)) if (!implemented.includes(child) && child !== body) this.visit(child);
    this.visit(body);
  }

  #identifier(node: Node): void {
    const name = String(node["name"]);
    this.#values.add(name);
    this.#blankMark(node);
    this.#children(node);
  }

  /** The `?` or `!` behind a name that is declared. */
  #blankMark(node: Node): void {
    const annotation = node["typeAnnotation"];
    const end = isNode(annotation) ? annotation.start : node.end;
    const head = this.#text.slice(node.start, end);
    const mark = /[?!]\s*$/.exec(head);
    if (mark !== null) this.edits.push(blank(this.#text, node.start + mark.index, node.start + mark.index + 1));
    else if (!isNode(annotation)) return;
    else if (/^\s*[?!]/.test(this.#text.slice(end))) {
      const at = end + this.#text.slice(end).search(/[?!]/);
      this.edits.push(blank(this.#text, at, at + 1));
    }
  }

  /** `this` as a parameter has a type only. */
  #dropThis(parameters: readonly Node[]): void {
    const [first] = parameters;
    if (first?.type !== "Identifier" || first["name"] !== "this") return;
    this.#dropSpecifier(first);
  }

  #dropStatement(node: Node): void {
    const { id } = node;
    if (isNode(id)) this.#typeNames.add(String(id["name"]));
    const { declaration } = node;
    if (isNode(declaration) && isNode(declaration["id"])) this.#typeNames.add(String(declaration["id"]["name"]));
    // A semicolon, so that the statements before and after do not become one.
    this.edits.push(blank(this.#text, node.start, node.end, ";"));
  }

  #dropSpecifier(node: Node): void {
    const comma = /^\s*,/.exec(this.#text.slice(node.end));
    this.edits.push(blank(this.#text, node.start, node.end + (comma?.[0].length ?? 0)));
  }

  #blank({ start, end }: Node): void {
    this.edits.push(blank(this.#text, start, end));
  }

  #children(node: Node): void {
    for (const child of childrenOf(node)) this.visit(child);
  }
}
