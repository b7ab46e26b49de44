/** Types written down in a program: `u32`, `Connection | null`, `sock`, `Pointer<cgroup>`. */

import { type ContextName, contexts } from "../program/contexts.ts";
import { typeOfEnum } from "./enums.ts";
import { constant, schema } from "./evaluate.ts";
import type { Module } from "./module.ts";
import { problem } from "./problem.ts";
import type { TSInterfaceDeclaration, TSType } from "./syntax.ts";
import {
  boolean,
  integerByName,
  type KernelMember,
  type KernelStruct,
  type KernelType,
  nothing,
  type Type,
  valueTypeOf,
} from "./types.ts";

/** The type that an annotation names. */
export function typeOfAnnotation(module: Module, node: TSType): Type {
  switch (node.type) {
    case "TSParenthesizedType":
      return typeOfAnnotation(module, node.typeAnnotation);
    case "TSBooleanKeyword":
      return boolean;
    case "TSVoidKeyword":
      return nothing;
    case "TSUnionType":
      return nullableUnion(module, node);
    case "TSTypeReference":
      return typeOfReference(module, node);
    case "TSNumberKeyword":
    case "TSBigIntKeyword":
      throw problem(
        "mistake",
        module.place(node),
        "this says nothing of width and sign",
        "write u8 to u64 or i8 to i64",
      );
    default:
      throw problem("notInLanguage", module.place(node), "a program cannot use this type");
  }
}

function nullableUnion(module: Module, node: TSType & { type: "TSUnionType" }): Type {
  const others = node.types.filter(({ type }) => type !== "TSNullKeyword");
  const [only] = others;
  if (only === undefined || others.length > 1) {
    throw problem("notInLanguage", module.place(node), "the only union is with null", "write `Type | null`");
  }
  const type = typeOfAnnotation(module, only);
  if ("nullable" in type) return { ...type, nullable: true };
  throw problem("notInLanguage", module.place(node), "only references can be null");
}

function typeOfReference(module: Module, node: TSType & { type: "TSTypeReference" }): Type {
  const place = module.place(node);
  const { name, declaration } = declarationOf(module, node);
  switch (declaration?.kind) {
    case undefined:
      throw problem("mistake", place, `no type here is named ${name}`);
    case "interface":
      return { kind: "kernel", target: kernelStructOf(declaration.module, declaration.node), nullable: false };
    case "alias":
      return typeOfAnnotation(declaration.module, declaration.type);
    case "enum":
      return typeOfEnum(declaration.module, declaration.node);
    case "language":
      return typeOfLanguage(module, declaration.name, node);
  }
}

/** What declares the type `name` or `module.name`. */
function declarationOf(module: Module, { typeName }: TSType & { type: "TSTypeReference" }) {
  const place = module.place(typeName);
  if (typeName.type === "Identifier") return { name: typeName.name, declaration: module.type(typeName.name, place) };
  if (typeName.type === "TSQualifiedName" && typeName.left.type === "Identifier") {
    const { name } = typeName.right;
    const within = module.namespace(typeName.left.name);
    if (within !== undefined) return { name, declaration: within.exportedType(name, place) };
  }
  throw problem("notInLanguage", place, "a plain name is wanted here");
}

function typeOfLanguage(module: Module, name: string, node: TSType & { type: "TSTypeReference" }): Type {
  const place = module.place(node);
  const integer = integerByName.get(name);
  if (integer !== undefined) return { kind: "integer", integer: valueTypeOf(integer) };
  if (name === "Packet" || name === "WritablePacket") return { kind: "context", context: { name }, nullable: false };
  if (Object.hasOwn(contexts, name)) {
    const schema = contexts[name as ContextName];
    return { kind: "context", context: { name, schema }, nullable: false };
  }
  const [parameter] = node.typeArguments?.params ?? [];
  if (name === "ValueOf" && parameter?.type === "TSTypeQuery" && parameter.exprName.type === "Identifier") {
    const type = schema(module, { ...parameter.exprName } as never);
    return type.kind === "integer"
      ? { kind: "integer", integer: type }
      : { kind: "memory", memory: type, nullable: false };
  }
  if (name === "Pointer" && parameter !== undefined) {
    const to = kernelTypeOf(module, parameter);
    if (to.kind === "struct") return { kind: "kernel", target: to, nullable: false };
    throw problem(
      "notYet",
      place,
      "only pointers to structures can be passed around",
      "pass the structure it stands in",
    );
  }
  if (name === "ByteString" || name === "Elements") {
    const [what, made] = name === "ByteString" ? ["a byte string", "bytes(16)"] : ["an array", "array(u64, 16)"];
    throw problem(
      "notInLanguage",
      place,
      `${name} says nothing of how long ${what} is`,
      `name its type, \`const Name = ${made}\`, and write \`ValueOf<typeof Name>\` here`,
    );
  }
  throw problem("notInLanguage", place, `${name} is not the type of a value in a program`);
}

const structs = new WeakMap<TSInterfaceDeclaration, KernelStruct>();

/** The kernel structure that an interface declares. */
export function kernelStructOf(module: Module, node: TSInterfaceDeclaration): KernelStruct {
  const known = structs.get(node);
  if (known !== undefined) return known;
  const place = module.place(node.id);
  if (
    !node.extends.some(({ expression }) => expression.type === "Identifier" && extendsStruct(module, expression.name))
  ) {
    throw problem(
      "mistake",
      place,
      `${node.id.name} is no kernel structure`,
      `write \`interface ${node.id.name} extends KernelStruct\`, or make a type of our own with struct({ … })`,
    );
  }
  const members: KernelMember[] = [];
  const result: KernelStruct = { kind: "struct", name: node.id.name, members };
  // Known before its members are, which may point back to it.
  structs.set(node, result);
  for (const member of node.body.body) {
    if (member.type !== "TSPropertySignature" || member.key.type !== "Identifier" || !member.typeAnnotation) {
      throw problem(
        "notInLanguage",
        module.place(member),
        "a kernel structure has plain members: `readonly name: type`",
      );
    }
    members.push({ name: member.key.name, type: kernelTypeOf(module, member.typeAnnotation.typeAnnotation) });
  }
  return result;
}

function extendsStruct(module: Module, name: string): boolean {
  const declaration = module.type(name, module.place({ start: 0, end: 0 }));
  return declaration?.kind === "language" && declaration.name === "KernelStruct";
}

/** The type of a member of a kernel structure. */
function kernelTypeOf(module: Module, node: TSType): KernelType {
  const place = module.place(node);
  if (node.type === "TSBooleanKeyword") return { kind: "boolean" };
  if (node.type === "TSUnionType") {
    const others = node.types.filter(({ type }) => type !== "TSNullKeyword");
    if (others.length === 1) return kernelTypeOf(module, others[0]!);
  }
  if (node.type !== "TSTypeReference" || node.typeName.type !== "Identifier") {
    throw problem("notInLanguage", place, "a kernel structure cannot have a member of this type");
  }
  const { name } = node.typeName;
  const declaration = module.type(name, place);
  if (declaration === undefined) throw problem("mistake", place, `no type here is named ${name}`);
  if (declaration.kind === "interface") return kernelStructOf(declaration.module, declaration.node);
  if (declaration.kind === "alias") return kernelTypeOf(declaration.module, declaration.type);
  if (declaration.kind === "enum") return { kind: "enumeration" };

  const parameters = node.typeArguments?.params ?? [];
  const integer = integerByName.get(declaration.name);
  if (integer !== undefined) return { kind: "integer", integer };
  if (declaration.name === "KernelEnum") return { kind: "enumeration" };
  if (declaration.name === "KernelBits" && parameters.length === 1) {
    const bits = kernelTypeOf(module, parameters[0]!);
    if (bits.kind === "integer") return { kind: "bits", integer: bits.integer };
    throw problem("mistake", place, "the bits of an integer are wanted here", "write KernelBits<u8>");
  }
  if (declaration.name === "Pointer" && parameters.length === 1) {
    return { kind: "pointer", to: kernelTypeOf(module, parameters[0]!) };
  }
  if (declaration.name === "KernelArray" && parameters.length === 2) {
    return { kind: "array", element: kernelTypeOf(module, parameters[0]!), length: lengthOf(module, parameters[1]!) };
  }
  throw problem("notInLanguage", place, `${name} is not the type of a member of a kernel structure`);
}

function lengthOf(module: Module, node: TSType): number {
  if (node.type === "TSLiteralType" && node.literal.type === "Literal") return Number(node.literal.value);
  if (node.type === "TSTypeQuery" && node.exprName.type === "Identifier") {
    return Number(constant(module, { ...node.exprName } as never).value);
  }
  throw problem("notInLanguage", module.place(node), "the length of an array is a number");
}
