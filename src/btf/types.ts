/**
 * The types of BTF, the kernel's type format: one variant per kind (`Documentation/bpf/btf.rst`).
 * Types refer to each other by id; id 0 is `void`. A name that is absent is the empty string.
 */

/** Numbers of the kinds (`enum` of `BTF_KIND_*` in `linux/btf.h`). */
export const btfKinds = {
  void: 0,
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  funcProto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

/** The name of a kind of type. */
export type BtfKind = keyof typeof btfKinds;

/** What the bits of an integer mean: exactly one of these. */
export type IntEncoding = "unsigned" | "signed" | "char" | "bool";

/** A whole number, as wide as `sizeBytes`. */
export interface BtfInt {
  readonly kind: "int";
  readonly name: string;
  readonly sizeBytes: number;
  /** The kernel's own `char` is `signed`; `char` is for text only. */
  readonly encoding: IntEncoding;
  /** Only where the value has fewer bits than its bytes (old compilers' bit fields). */
  readonly bits?: number;
  readonly bitOffset?: number;
}

/** A type made of another one, without a name of its own. */
export interface BtfModifier {
  readonly kind: "ptr" | "volatile" | "const" | "restrict";
  readonly type: number;
}

/** `length` elements; `index` is the type that counts them. */
export interface BtfArray {
  readonly kind: "array";
  readonly element: number;
  readonly index: number;
  readonly length: number;
}

/** A field of a struct or union. `bitSize` is there for bit fields only. */
export interface BtfMember {
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  readonly bitSize?: number;
}

/** A struct or union, its members in their order. */
export interface BtfComposite {
  readonly kind: "struct" | "union";
  readonly name: string;
  readonly sizeBytes: number;
  readonly members: readonly BtfMember[];
}

/** One name of an enumeration. */
export interface BtfEnumValue {
  readonly name: string;
  readonly value: bigint;
}

/** `enum64` is for values of more than 32 bits. */
export interface BtfEnum {
  readonly kind: "enum" | "enum64";
  readonly name: string;
  readonly sizeBytes: number;
  readonly signed: boolean;
  readonly values: readonly BtfEnumValue[];
}

/** A struct or union that is only named. */
export interface BtfForward {
  readonly kind: "fwd";
  readonly name: string;
  readonly of: "struct" | "union";
}

/** Another name of a type. */
export interface BtfTypedef {
  readonly kind: "typedef";
  readonly name: string;
  readonly type: number;
}

/** The scope of functions and variables, in the order of its numbers. */
export const linkages = ["static", "global", "extern"] as const;

/** A name of `linkages`. */
export type Linkage = (typeof linkages)[number];

/** A function; `type` is its `funcProto`. */
export interface BtfFunction {
  readonly kind: "func";
  readonly name: string;
  readonly type: number;
  readonly linkage: Linkage;
}

/** A parameter; the last one of a variadic function has no name and type 0. */
export interface BtfParameter {
  readonly name: string;
  readonly type: number;
}

/** What a function takes and returns; `returns` 0 is `void`. */
export interface BtfPrototype {
  readonly kind: "funcProto";
  readonly returns: number;
  readonly parameters: readonly BtfParameter[];
}

/** A global variable. */
export interface BtfVariable {
  readonly kind: "var";
  readonly name: string;
  readonly type: number;
  readonly linkage: Linkage;
}

/** A section of variables, `.rodata` for one. */
export interface BtfSection {
  readonly kind: "datasec";
  readonly name: string;
  readonly sizeBytes: number;
  readonly variables: readonly { readonly type: number; readonly offset: number; readonly sizeBytes: number }[];
}

/** A floating-point number, as wide as `sizeBytes`. */
export interface BtfFloat {
  readonly kind: "float";
  readonly name: string;
  readonly sizeBytes: number;
}

/** A mark on a declaration; `component` is a member's or parameter's index, -1 for the whole. */
export interface BtfDeclarationTag {
  readonly kind: "declTag";
  readonly name: string;
  readonly type: number;
  readonly component: number;
}

/** A mark on a type, such as `rcu` or `user` on a pointer. */
export interface BtfTypeTag {
  readonly kind: "typeTag";
  readonly name: string;
  readonly type: number;
}

/** Any type; those that it refers to are ids. */
export type BtfType =
  | { readonly kind: "void" }
  | BtfInt
  | BtfModifier
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfForward
  | BtfTypedef
  | BtfFunction
  | BtfPrototype
  | BtfVariable
  | BtfSection
  | BtfFloat
  | BtfDeclarationTag
  | BtfTypeTag;
