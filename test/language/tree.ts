/** Programs as the generator makes them and the evaluator walks them: a tree of their own, which the compiler never sees. */

export const integerNames = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"] as const;
export type IntegerName = (typeof integerNames)[number];

export interface StructType {
  readonly kind: "struct";
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: DataType }[];
}

export interface ArrayType {
  readonly kind: "array";
  readonly element: DataType;
  readonly length: number;
}

export interface BytesType {
  readonly kind: "bytes";
  readonly length: number;
}

/** What can stand in memory. */
export type DataType = { readonly kind: "integer"; readonly name: IntegerName } | StructType | ArrayType | BytesType;

/** What a variable or a parameter can hold. */
export type ValueType =
  | { readonly kind: "integer"; readonly name: IntegerName }
  | { readonly kind: "boolean" }
  | { readonly kind: "void" }
  | { readonly kind: "reference"; readonly to: StructType; readonly nullable: boolean };

export const mapKinds = ["hash", "lruHash", "perCpuHash", "arrayMap", "perCpuArray"] as const;

export interface MapNode {
  readonly kind: (typeof mapKinds)[number];
  readonly name: string;
  readonly key: IntegerName | StructType;
  readonly value: IntegerName | StructType;
  readonly maxEntries: number;
}

export type Expression =
  /** A number; as a cast, `u8(5)`, it has a type of its own. */
  | { readonly kind: "literal"; readonly type: IntegerName; readonly value: bigint; readonly cast: boolean }
  | { readonly kind: "truth"; readonly value: boolean }
  | { readonly kind: "name"; readonly name: string }
  /** A constant of the module, `Limits.small`, cast to its type. */
  | { readonly kind: "constant"; readonly text: string; readonly type: IntegerName; readonly value: bigint }
  | { readonly kind: "field"; readonly object: Expression; readonly name: string }
  | {
      readonly kind: "element";
      readonly object: Expression;
      readonly index: Expression;
      readonly form: "[]" | "at";
    }
  | { readonly kind: "length"; readonly object: Expression }
  | {
      readonly kind: "binary" | "compare";
      readonly operator: string;
      readonly type: IntegerName;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "sameTruth"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "logical"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "not"; readonly operand: Expression }
  | {
      readonly kind: "unary";
      readonly operator: string;
      readonly type: IntegerName;
      readonly operand: Expression;
    }
  | { readonly kind: "cast"; readonly to: IntegerName; readonly from: IntegerName; readonly operand: Expression }
  | {
      readonly kind: "conditional";
      readonly of: "integer" | "boolean" | "reference";
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly kind: "call"; readonly name: string; readonly given: readonly Expression[] }
  | {
      readonly kind: "extreme";
      readonly which: "min" | "max";
      readonly type: IntegerName;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "bits";
      readonly which: "countTrailingZeros" | "log2" | "byteSwap16" | "byteSwap32";
      readonly operand: Expression;
    }
  | { readonly kind: "load"; readonly data: Expression; readonly type: IntegerName; readonly at: Expression }
  | {
      readonly kind: "copy";
      readonly data: Expression;
      readonly at: Expression;
      readonly length: Expression;
      readonly source: Expression;
      readonly sourceAt: Expression;
      /** The most bytes that `length` can stand for, as the compiler works it out. */
      readonly longest: number;
    }
  | { readonly kind: "slice"; readonly data: Expression; readonly start: number; readonly length: number }
  | { readonly kind: "null" }
  | { readonly kind: "isNull"; readonly operand: Expression; readonly negated: boolean }
  | { readonly kind: "zero"; readonly type: StructType }
  /** A struct of its own: a copy of another, or one that is written down. */
  | { readonly kind: "copyOf"; readonly type: StructType; readonly value: Expression }
  | { readonly kind: "of"; readonly type: StructType; readonly fields: readonly Given[] }
  /** `entry?.field ?? other`, or `entry ?? other`. */
  | { readonly kind: "nullish"; readonly subject: Expression; readonly field?: string; readonly other: Expression }
  | { readonly kind: "startsWith"; readonly data: Expression; readonly text: string; readonly at?: Expression }
  | { readonly kind: "equals"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "view"; readonly type: StructType; readonly at: Expression }
  | { readonly kind: "packetLoad"; readonly type: IntegerName; readonly at: Expression }
  | { readonly kind: "packetLength" }
  | { readonly kind: "get"; readonly map: string; readonly key: Expression }
  | { readonly kind: "getOrInsert"; readonly map: string; readonly key: Expression; readonly initial: Expression }
  | { readonly kind: "has" | "delete"; readonly map: string; readonly key: Expression }
  | { readonly kind: "set"; readonly map: string; readonly key: Expression; readonly value: Expression }
  | {
      readonly kind: "atomic";
      readonly operation: "add" | "exchange" | "compareExchange";
      readonly type: IntegerName;
      readonly object: Expression;
      readonly field: string;
      readonly given: readonly Expression[];
    };

/** A field of a struct that is written down. */
export interface Given {
  readonly name: string;
  readonly value: Expression;
}

export interface Case {
  readonly tests: readonly Expression[];
  readonly isDefault: boolean;
  readonly body: readonly Statement[];
  readonly end: "break" | "return" | "on";
}

export type Statement =
  | {
      readonly kind: "declare";
      readonly name: string;
      readonly mutable: boolean;
      readonly annotation?: string;
      readonly value: Expression;
    }
  | {
      readonly kind: "assign";
      readonly target: Expression;
      readonly operator: string;
      readonly type?: IntegerName;
      readonly value: Expression;
    }
  | { readonly kind: "update"; readonly target: Expression; readonly operator: "++" | "--"; readonly type: IntegerName }
  | {
      readonly kind: "store";
      readonly data: Expression;
      readonly type: IntegerName;
      readonly at: Expression;
      readonly value: Expression;
    }
  | {
      readonly kind: "if";
      readonly test: Expression;
      readonly then: readonly Statement[];
      readonly otherwise?: readonly Statement[];
    }
  | {
      readonly kind: "for";
      readonly name: string;
      readonly type: IntegerName;
      readonly from: bigint;
      readonly operator: string;
      readonly to: bigint;
      readonly step: bigint;
      readonly body: readonly Statement[];
    }
  | { readonly kind: "while" | "doWhile"; readonly test: Expression; readonly body: readonly Statement[] }
  | {
      readonly kind: "forOf";
      readonly name: string;
      /** An array, or the ends of a range. */
      readonly over: Expression | { readonly kind: "range"; readonly from: Expression; readonly to: Expression };
      readonly body: readonly Statement[];
    }
  | { readonly kind: "labeled"; readonly label: string; readonly body: Statement }
  | { readonly kind: "writeText"; readonly data: Expression; readonly at: number; readonly text: string }
  | {
      readonly kind: "switch";
      readonly type: IntegerName;
      readonly subject: Expression;
      readonly cases: readonly Case[];
    }
  | { readonly kind: "break" | "continue"; readonly label?: string }
  | { readonly kind: "return"; readonly value?: Expression }
  | { readonly kind: "expression"; readonly value: Expression }
  | {
      readonly kind: "repeat";
      readonly count: Expression;
      readonly step: string;
      readonly given: readonly Expression[];
    }
  | { readonly kind: "block"; readonly body: readonly Statement[] };

export interface Parameter {
  readonly name: string;
  readonly type: ValueType;
}

export const functionForms = ["function", "subprogram", "globalSubprogram"] as const;

export interface FunctionNode {
  /** Lowered where it is called, or a function of its own in the kernel. */
  readonly form: (typeof functionForms)[number];
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly returns: ValueType;
  readonly body: readonly Statement[];
}

/** A raw tracepoint program of three words, or one for packets of the wire. */
export interface ProgramNode {
  readonly name: string;
  readonly hook: "rawTracepoint" | "xdp";
  readonly returns: "void" | "i32";
  readonly body: readonly Statement[];
}

export interface ConfigNode {
  readonly name: string;
  readonly type: IntegerName;
  readonly value: bigint;
}

/** A module: programs that share structs, maps and functions. Structs and functions stand before their users. */
export interface ModuleNode {
  readonly structs: readonly StructType[];
  readonly maps: readonly MapNode[];
  readonly configs: readonly ConfigNode[];
  readonly globals: readonly ConfigNode[];
  /** Objects of constants, as text. */
  readonly constants: string;
  readonly functions: readonly FunctionNode[];
  readonly programs: readonly ProgramNode[];
}

export const bitsOf = (type: IntegerName): number => Number(type.slice(1));
export const isSigned = (type: IntegerName): boolean => type.startsWith("i");

/** `value` as one of the type's. */
export function wrap(type: IntegerName, value: bigint): bigint {
  return isSigned(type) ? BigInt.asIntN(bitsOf(type), value) : BigInt.asUintN(bitsOf(type), value);
}
