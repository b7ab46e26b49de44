/**
 * Types of the kernel as a TypeScript module, in the words of `tarsier/program`: structs become interfaces that extend
 * `KernelStruct`, and what cannot be written so says in a comment what it is.
 */

import { InputError } from "../errors/error.ts";
import type { Btf } from "./read.ts";
import type { BtfComposite, BtfKind, BtfMember, BtfType } from "./types.ts";
import { isEnum, skipModifiers } from "./walk.ts";

const programTypes = [
  "KernelArray",
  "KernelEnum",
  "KernelStruct",
  "Pointer",
  "i8",
  "i16",
  "i32",
  "i64",
  "u8",
  "u16",
  "u32",
  "u64",
];

/** The kinds that a name is looked for in, in this order. */
const namedKinds: readonly BtfKind[] = ["struct", "union", "typedef", "enum", "enum64"];

/**
 * A module with the named structs, unions and enums, and what they contain. What they only point to is declared empty,
 * so that a module stays as small as what was asked for.
 *
 * ```ts
 * typesToTypeScript(kernelTypes(), ["task_struct", "sock"]);
 * ```
 */
export function typesToTypeScript(btf: Btf, names: readonly string[]): string {
  const writer = createWriter(btf);
  for (const name of names) writer.want(idOf(btf, name));
  const declarations = writer.declarations();
  const text = declarations.join("\n\n");
  const used = programTypes.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  const head = used.length === 0 ? "" : `import type { ${used.join(", ")} } from "tarsier/program";\n\n`;
  return `/** Types of the kernel, made by \`tarsier types\`. */\n\n${head}${text}\n`;
}

function idOf(btf: Btf, name: string): number {
  for (const kind of namedKinds) {
    const id = btf.find(name, kind);
    if (id !== undefined) return id;
  }
  throw new InputError("TYPE_ABSENT", `this kernel has no type ${name}`);
}

interface Writer {
  want(id: number): void;
  declarations(): string[];
}

function createWriter(btf: Btf): Writer {
  /** Names given out, by what they stand for: two types of one name become `name` and `name_2`. */
  const nameById = new Map<number, string>();
  const taken = new Set(programTypes);
  const whole: number[] = [];
  const wanted = new Set<number>();
  const pointedTo = new Set<number>();

  const nameFor = (id: number, name: string): string => {
    const known = nameById.get(id);
    if (known !== undefined) return known;
    const plain = reservedWords.has(name) ? `${name}_` : name;
    let free = plain;
    for (let count = 2; taken.has(free); count++) free = `${plain}_${count}`;
    taken.add(free);
    nameById.set(id, free);
    return free;
  };
  const want = (unresolved: number): void => {
    const { id, type } = skipModifiers(btf, unresolved);
    if (wanted.has(id)) return;
    if (!isComposite(type) && !isEnum(type))
      throw new InputError("TYPE_KIND", `type ${id} is of kind ${type.kind}, which has no members`);
    wanted.add(id);
    whole.push(id);
    nameFor(id, "name" in type && type.name !== "" ? type.name : nameOfTypedef(btf, unresolved));
  };

  const typeText = (unresolved: number, isPointee: boolean): string => {
    const { id, type } = skipModifiers(btf, unresolved);
    switch (type.kind) {
      case "int":
        return type.encoding === "bool" ? "boolean" : integerText(type.sizeBytes, type.encoding === "signed");
      case "enum":
      case "enum64":
        return type.sizeBytes === 8 ? integerText(8, type.signed) : "KernelEnum";
      case "ptr":
        return pointerText(type.type);
      case "array":
        return `KernelArray<${typeText(type.element, isPointee)}, ${type.length}>`;
      case "struct":
      case "union":
        if (type.name === "") return `KernelStruct & ${membersText(type, "")}`;
        if (isPointee && !wanted.has(id)) pointedTo.add(id);
        else want(id);
        return nameFor(id, type.name);
      case "fwd":
        pointedTo.add(id);
        return nameFor(id, type.name);
      default:
        return "unknown";
    }
  };
  /** Pointers to what has no shape here are addresses. */
  const pointerText = (pointee: number): string => {
    const { type } = skipModifiers(btf, pointee);
    if (type.kind === "void" || type.kind === "funcProto" || (isComposite(type) && type.name === "")) return "u64";
    return `Pointer<${typeText(pointee, true)}>`;
  };
  const membersText = (type: BtfComposite, indent: string): string => {
    const lines = memberLines(type, `${indent}  `);
    return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
  };
  const memberLines = (type: BtfComposite, indent: string): string[] =>
    type.members.flatMap((member) => {
      const inner = skipModifiers(btf, member.type).type;
      // Members without a name are reached through: theirs are as good as the outer struct's own.
      if (member.name === "") return isComposite(inner) ? memberLines(inner, indent) : [];
      const note = member.bitSize === undefined ? "" : ` // ${member.bitSize} ${member.bitSize === 1 ? "bit" : "bits"}`;
      return [`${indent}readonly ${property(member)}: ${memberText(member, inner, indent)};${note}`];
    });
  const memberText = (member: BtfMember, inner: BtfType, indent: string): string =>
    isComposite(inner) && inner.name === ""
      ? `KernelStruct & ${membersText(inner, indent)}`
      : typeText(member.type, false);

  const declaration = (id: number): string => {
    const type = btf.type(id);
    const name = nameById.get(id)!;
    if (isEnum(type)) {
      const suffix = type.sizeBytes === 8 ? "n" : "";
      const values = type.values.map((value) => `  ${property(value)}: ${value.value}${suffix},`);
      return `export const ${name} = {\n${values.join("\n")}\n} as const;`;
    }
    if (!isComposite(type)) return "";
    const note = type.kind === "union" ? "/** A union: its members lie at the same place. */\n" : "";
    return `${note}export interface ${name} extends KernelStruct ${membersText(type, "")}`;
  };

  return {
    want,
    declarations() {
      const texts: string[] = [];
      // What a declaration contains is wanted while it is written.
      for (let index = 0; index < whole.length; index++) texts.push(declaration(whole[index]!));
      for (const id of pointedTo)
        if (!wanted.has(id)) texts.push(`export interface ${nameById.get(id)} extends KernelStruct {}`);
      return texts;
    },
  };
}

function nameOfTypedef(btf: Btf, id: number): string {
  const type = btf.type(id);
  return type.kind === "typedef" ? type.name : `anonymous_${id}`;
}

function integerText(sizeBytes: number, signed: boolean): string {
  if (![1, 2, 4, 8].includes(sizeBytes)) return `KernelArray<u8, ${sizeBytes}>`;
  return `${signed ? "i" : "u"}${sizeBytes * 8}`;
}

function isComposite(type: BtfType): type is BtfComposite {
  return type.kind === "struct" || type.kind === "union";
}

const property = ({ name }: { readonly name: string }): string =>
  /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);

/** Words that cannot name a declaration of a module. */
const reservedWords = new Set(
  "any boolean bigint break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof interface let never new null number object package private protected public return static string super switch symbol this throw true try type typeof undefined unknown var void while with yield await".split(
    " ",
  ),
);
