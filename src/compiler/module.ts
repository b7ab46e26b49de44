/** Pass 2, resolve: what the names at the top level of each module stand for. Names are looked up when they are first used. */

import * as language from "../program/index.ts";
import type { Entity, FunctionEntity } from "./entity.ts";
import { evaluateEnum } from "./enums.ts";
import { evaluateDeclaration } from "./evaluate.ts";
import type { ParsedModule } from "./parse.ts";
import { problem } from "./problem.ts";
import type { Place, SourceFile } from "./source.ts";
import {
  type Expression,
  type FunctionNode,
  placeOf,
  type Span,
  type Statement,
  type TSEnumDeclaration,
  type TSInterfaceDeclaration,
  type TSType,
} from "./syntax.ts";

/** A value's declaration, before anyone asked what it is. */
type ValueDeclaration =
  | { readonly kind: "constant"; readonly name: string; readonly init: Expression }
  | { readonly kind: "function"; readonly name: string; readonly node: FunctionNode }
  | { readonly kind: "kernelFunction"; readonly name: string; readonly node: FunctionNode }
  | { readonly kind: "enum"; readonly node: TSEnumDeclaration }
  | { readonly kind: "import"; readonly specifier: string; readonly name: string }
  | { readonly kind: "namespace"; readonly specifier: string };

/** A type's declaration. */
export type TypeDeclaration =
  | { readonly kind: "interface"; readonly node: TSInterfaceDeclaration; readonly module: Module }
  | { readonly kind: "alias"; readonly type: TSType; readonly module: Module }
  | { readonly kind: "enum"; readonly node: TSEnumDeclaration; readonly module: Module }
  | { readonly kind: "language"; readonly name: string };

type LocalType =
  | Exclude<TypeDeclaration, { kind: "language" }>
  | { readonly kind: "import"; readonly specifier: string; readonly name: string };

/** One module with its names. */
export class Module {
  readonly file: SourceFile;
  /** Exported name → local name, in the order of the text. */
  readonly exports = new Map<string, string>();
  readonly #parsed: ParsedModule;
  readonly #all: ReadonlyMap<string, Module>;
  readonly #starred: string[] = [];
  readonly #values = new Map<string, ValueDeclaration>();
  readonly #types = new Map<string, LocalType>();
  readonly #entities = new Map<string, Entity | "in progress">();

  constructor(parsed: ParsedModule, all: ReadonlyMap<string, Module>) {
    this.file = parsed.file;
    this.#parsed = parsed;
    this.#all = all;
    for (const node of parsed.program.body) this.#declare(node);
  }

  place(span: Span): Place {
    return placeOf(this.file, span);
  }

  /** What the value `name` is, or `undefined` if there is no such name here. */
  value(name: string, user: Place): Entity | undefined {
    const declaration = this.#values.get(name);
    if (declaration === undefined) return undefined;
    const known = this.#entities.get(name);
    if (known === "in progress") throw problem("mistake", user, `${name} is used to define itself`);
    if (known !== undefined) return known;

    this.#entities.set(name, "in progress");
    const entity = this.#evaluate(declaration, user);
    this.#entities.set(name, entity);
    return entity;
  }

  /** What the type `name` is declared as, or `undefined` if there is no such type here. */
  type(name: string, user: Place): TypeDeclaration | undefined {
    const declaration = this.#types.get(name);
    if (declaration?.kind !== "import") return declaration;
    const target = this.#parsed.imports.get(declaration.specifier)!;
    if (target.kind === "language") return { kind: "language", name: declaration.name };
    return this.#all.get(target.path)!.exportedType(declaration.name, user);
  }

  /** The functions that are declared here. */
  functions(): FunctionEntity[] {
    return [...this.#values].flatMap(([name, declaration]) =>
      declaration.kind === "function" ? [{ kind: "function", name, node: declaration.node, module: this }] : [],
    );
  }

  /** The value that this module exports as `name`. */
  exportedValue(name: string, user: Place): Entity | undefined {
    const local = this.exports.get(name);
    if (local !== undefined) return this.value(local, user);
    for (const module of this.#stars()) {
      const found = module.exportedValue(name, user);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The type that this module exports as `name`. */
  exportedType(name: string, user: Place): TypeDeclaration | undefined {
    const own = this.type(this.exports.get(name) ?? name, user);
    if (own !== undefined) return own;
    for (const module of this.#stars()) {
      const found = module.exportedType(name, user);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The module that `import * as name` names. */
  namespace(name: string): Module | undefined {
    const declaration = this.#values.get(name);
    if (declaration?.kind !== "namespace") return undefined;
    const target = this.#parsed.imports.get(declaration.specifier)!;
    return target.kind === "module" ? this.#all.get(target.path) : undefined;
  }

  /** Modules of which everything is exported here too. */
  #stars(): Module[] {
    return this.#starred.flatMap((specifier) => {
      const target = this.#parsed.imports.get(specifier)!;
      return target.kind === "module" ? [this.#all.get(target.path)!] : [];
    });
  }

  #evaluate(declaration: ValueDeclaration, user: Place): Entity {
    if (declaration.kind === "constant") return evaluateDeclaration(this, declaration.name, declaration.init);
    if (declaration.kind === "function" || declaration.kind === "kernelFunction") {
      return { kind: declaration.kind, name: declaration.name, node: declaration.node, module: this };
    }
    if (declaration.kind === "enum") return evaluateEnum(this, declaration.node);
    const target = this.#parsed.imports.get(declaration.specifier)!;
    if (declaration.kind === "namespace") {
      if (target.kind === "module") return { kind: "namespace", module: this.#all.get(target.path)! };
      throw problem("notInLanguage", user, "the language is imported by its names", "import { names }");
    }
    if (target.kind === "language") {
      if (Object.hasOwn(language, declaration.name)) return { kind: "intrinsic", name: declaration.name };
      throw problem("mistake", user, `tarsier/program exports no value named ${declaration.name}`);
    }
    const entity = this.#all.get(target.path)!.exportedValue(declaration.name, user);
    if (entity !== undefined) return entity;
    throw problem("mistake", user, `${target.path} exports no value named ${declaration.name}`);
  }

  #declare(node: Statement | { readonly type: string }, exported = false): void {
    const statement = node as Statement;
    switch (statement.type) {
      case "ImportDeclaration":
        for (const specifier of statement.specifiers) {
          if (specifier.type === "ImportNamespaceSpecifier") {
            this.#name(specifier.local.name, { kind: "namespace", specifier: statement.source.value }, specifier);
            continue;
          }
          if (specifier.type !== "ImportSpecifier") {
            throw problem("notInLanguage", this.place(specifier), "a default import", "import { names }");
          }
          const name = nameOfExport(specifier.imported);
          this.#import(specifier.local.name, statement.source.value, name);
        }
        return;
      case "ExportNamedDeclaration":
        if (statement.declaration !== null) return this.#declare(statement.declaration, true);
        for (const { local, exported: name } of statement.specifiers) {
          this.exports.set(nameOfExport(name), nameOfExport(local));
          if (statement.source !== null) this.#import(nameOfExport(local), statement.source.value, nameOfExport(local));
        }
        return;
      case "VariableDeclaration":
        return this.#declareConstants(statement, exported);
      case "FunctionDeclaration":
        this.#name(statement.id!.name, { kind: "function", name: statement.id!.name, node: statement }, statement);
        if (exported) this.exports.set(statement.id!.name, statement.id!.name);
        return;
      case "TSDeclareFunction":
        this.#name(
          statement.id!.name,
          { kind: "kernelFunction", name: statement.id!.name, node: statement },
          statement,
        );
        if (exported) this.exports.set(statement.id!.name, statement.id!.name);
        return;
      case "TSInterfaceDeclaration":
        this.#types.set(statement.id.name, { kind: "interface", node: statement, module: this });
        return;
      case "ExportAllDeclaration":
        if (statement.exported === null) this.#starred.push(statement.source.value);
        else {
          const name = nameOfExport(statement.exported);
          this.#name(name, { kind: "namespace", specifier: statement.source.value }, statement);
          this.exports.set(name, name);
        }
        return;
      case "TSEnumDeclaration":
        this.#name(statement.id.name, { kind: "enum", node: statement }, statement);
        this.#types.set(statement.id.name, { kind: "enum", node: statement, module: this });
        if (exported) this.exports.set(statement.id.name, statement.id.name);
        return;
      case "TSTypeAliasDeclaration":
        this.#types.set(statement.id.name, { kind: "alias", type: statement.typeAnnotation, module: this });
        return;
      case "EmptyStatement":
        return;
      default:
        throw problem(
          "notInLanguage",
          this.place(statement),
          "this cannot stand at the top level of a kernel module",
          "only imports, constants, functions, enums, interfaces and type aliases can",
        );
    }
  }

  #declareConstants(node: Statement & { type: "VariableDeclaration" }, exported: boolean): void {
    for (const { id, init } of node.declarations) {
      if (node.kind !== "const" || id.type !== "Identifier" || init === null) {
        throw problem(
          "notInLanguage",
          this.place(node),
          "a module has no variables",
          "declare a `const`, or keep what changes in a `global(…)` or a map",
        );
      }
      this.#name(id.name, { kind: "constant", name: id.name, init }, id);
      if (exported) this.exports.set(id.name, id.name);
    }
  }

  #name(name: string, declaration: ValueDeclaration, span: Span): void {
    if (this.#values.has(name)) throw problem("mistake", this.place(span), `${name} is declared twice`);
    this.#values.set(name, declaration);
  }

  /** An import may name a value, a type, or both. */
  #import(local: string, specifier: string, name: string): void {
    this.#values.set(local, { kind: "import", specifier, name });
    this.#types.set(local, { kind: "import", specifier, name });
  }
}

/** All modules, by path. */
export function resolve(parsed: ReadonlyMap<string, ParsedModule>): ReadonlyMap<string, Module> {
  const modules = new Map<string, Module>();
  for (const [path, module] of parsed) modules.set(path, new Module(module, modules));
  return modules;
}

function nameOfExport(name: { type: string; name?: string; value?: string }): string {
  return name.name ?? name.value!;
}
