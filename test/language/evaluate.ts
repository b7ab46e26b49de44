/**
 * What a program means, worked out on its tree with big integers and plain objects. It shares nothing with the compiler: each
 * is a check of the other.
 */

import {
  copyInto,
  copyOf,
  decode,
  encode,
  type Memory,
  readInteger,
  sizeOf,
  viewOf,
  writeInteger,
  zeroOf,
} from "./memory.ts";
import { arithmetic, atomic, bits, compare } from "./operators.ts";
import {
  bitsOf,
  type DataType,
  type Expression,
  type FunctionNode,
  type IntegerName,
  type MapNode,
  type ModuleNode,
  type Statement,
  wrap,
} from "./tree.ts";

export type Value = bigint | boolean | Memory | null | undefined;

/** `BPF_MAX_LOOPS`: the kernel makes no turn at all where more are asked for. */
const mostTurns = 1n << 23n;

/** A map's entries by key, or by index. */
export type Entries = Map<string, Memory>;

/** How a statement ends: going on, or leaving what it stands in. */
type Outcome = "next" | Escape | { readonly returned: Value };

/** On its way out of a loop or switch: the innermost, or the one of that label. */
interface Escape {
  readonly how: "break" | "continue";
  readonly label: string | undefined;
}

export const keyText = (type: DataType, value: bigint | Memory): string =>
  Buffer.from(encode(type, value)).toString("hex");

export const dataType = (type: IntegerName | DataType): DataType =>
  typeof type === "string" ? { kind: "integer", name: type } : type;

/** What `get` gives of a map: a struct, or an integer in a box. */
export const entryType = ({ value }: MapNode): DataType =>
  typeof value === "string"
    ? { kind: "struct", name: "box", fields: [{ name: "value", type: { kind: "integer", name: value } }] }
    : value;

export class Evaluator {
  readonly maps = new Map<string, Entries>();
  readonly #module: ModuleNode;
  readonly #declared: ReadonlyMap<string, MapNode>;
  readonly #functions: ReadonlyMap<string, FunctionNode>;
  readonly #configs: ReadonlyMap<string, Value>;
  /** The packet that the program got. */
  packet = new Uint8Array();
  #names = new Map<string, Value>();
  #steps = 0;

  constructor(module: ModuleNode) {
    this.#module = module;
    this.#declared = new Map(module.maps.map((map) => [map.name, map]));
    this.#functions = new Map(module.functions.map((node) => [node.name, node]));
    const globals = module.globals.map(({ name, value }): [string, Value] => [
      name,
      { kind: "struct", absent: false, fields: new Map([["value", value]]) },
    ]);
    this.#configs = new Map([...module.configs.map(({ name, value }): [string, Value] => [name, value]), ...globals]);
    for (const map of module.maps) this.maps.set(map.name, new Map());
  }

  /** Puts bytes into an array map. */
  fill(name: string, index: number, bytes: Uint8Array): void {
    const map = this.#declared.get(name)!;
    this.maps.get(name)!.set(keyText(dataType("u32"), BigInt(index)), decode(entryType(map), bytes) as Memory);
  }

  /** The bytes of an entry. */
  bytesOf(name: string, key: string): Uint8Array {
    return encode(entryType(this.#declared.get(name)!), this.maps.get(name)!.get(key)!);
  }

  globalValue(name: string): bigint {
    return (this.#configs.get(name) as Memory & { kind: "struct" }).fields.get("value") as bigint;
  }

  /** Runs a program, and gives what it returns. */
  run(name: string, given: readonly bigint[], packet = new Uint8Array()): bigint {
    this.packet = packet.slice();
    const program = this.#module.programs.find((one) => one.name === name)!;
    this.#names = new Map(["a", "b", "c"].map((parameter, index) => [parameter, given[index]!]));
    const outcome = this.#block(program.body);
    return typeof outcome === "object" && "returned" in outcome && typeof outcome.returned === "bigint"
      ? outcome.returned
      : 0n;
  }

  #block(statements: readonly Statement[]): Outcome {
    for (const statement of statements) {
      const outcome = this.#statement(statement);
      if (outcome !== "next") return outcome;
    }
    return "next";
  }

  /** One turn of a loop: to be followed by the next, the last, or on the way further out. */
  #turn(body: readonly Statement[], label: string | undefined): Outcome | "stop" {
    const outcome = this.#block(body);
    if (outcome === "next" || "returned" in outcome) return outcome;
    if (outcome.label !== undefined && outcome.label !== label) return outcome;
    return outcome.how === "break" ? "stop" : "next";
  }

  /** Each element is read when its turn comes. */
  #itemsOf(over: (Statement & { kind: "forOf" })["over"]): (() => Value)[] {
    if (over.kind === "range") {
      const [from, to] = [this.#integer(over.from), this.#integer(over.to)];
      const count = Math.max(0, Number(to - from));
      return Array.from({ length: count }, (_, index) => () => from + BigInt(index));
    }
    const array = this.#value(over) as Memory & { kind: "array" };
    return array.items.map((_, index) => () => array.items[index]);
  }

  #statement(node: Statement, label?: string): Outcome {
    if (++this.#steps > 1_000_000) throw new Error("the program does not end");
    switch (node.kind) {
      case "declare":
        this.#names.set(node.name, this.#value(node.value));
        return "next";
      case "assign":
        this.#assign(node);
        return "next";
      case "update": {
        const place = this.#place(node.target);
        place.write(wrap(node.type, (place.read() as bigint) + (node.operator === "++" ? 1n : -1n)));
        return "next";
      }
      case "store": {
        const data = this.#bytes(node.data);
        const at = Number(this.#integer(node.at));
        const value = this.#integer(node.value);
        if (!data.absent && at + bitsOf(node.type) / 8 <= data.data.length)
          writeInteger(data.data, at, node.type, value);
        return "next";
      }
      case "if":
        if (this.#value(node.test) === true) return this.#block(node.then);
        return node.otherwise === undefined ? "next" : this.#block(node.otherwise);
      case "for": {
        const { name, type, from, operator, to, step, body } = node;
        this.#names.set(name, from);
        while (compare(operator, this.#names.get(name) as bigint, to)) {
          const turned = this.#turn(body, label);
          if (turned !== "next") return turned === "stop" ? "next" : turned;
          this.#names.set(name, wrap(type, (this.#names.get(name) as bigint) + step));
        }
        return "next";
      }
      case "while":
        while (this.#value(node.test) === true) {
          const turned = this.#turn(node.body, label);
          if (turned !== "next") return turned === "stop" ? "next" : turned;
        }
        return "next";
      case "doWhile":
        do {
          const turned = this.#turn(node.body, label);
          if (turned !== "next") return turned === "stop" ? "next" : turned;
        } while (this.#value(node.test) === true);
        return "next";
      case "forOf": {
        for (const item of this.#itemsOf(node.over)) {
          this.#names.set(node.name, item());
          const turned = this.#turn(node.body, label);
          if (turned !== "next") return turned === "stop" ? "next" : turned;
        }
        return "next";
      }
      case "labeled":
        return this.#statement(node.body, node.label);
      case "writeText": {
        const data = this.#bytes(node.data);
        if (!data.absent) data.data.set(Buffer.from(node.text), node.at);
        return "next";
      }
      case "switch":
        return this.#switch(node, label);
      case "break":
      case "continue":
        return { how: node.kind, label: node.label };
      case "return":
        return { returned: node.value === undefined ? undefined : this.#value(node.value) };
      case "expression":
        this.#value(node.value);
        return "next";
      case "repeat": {
        const count = this.#integer(node.count);
        const given = node.given.map((one) => this.#value(one));
        if (count > mostTurns) return "next";
        for (let index = 0n; index < count; index++) if (this.#call(node.step, [index, ...given]) !== true) break;
        return "next";
      }
      case "block":
        return this.#block(node.body);
    }
  }

  #switch({ subject, cases }: Statement & { kind: "switch" }, label: string | undefined): Outcome {
    const value = this.#integer(subject);
    let start = cases.findIndex(({ tests }) => tests.some((test) => this.#integer(test) === value));
    if (start < 0) start = cases.findIndex(({ isDefault }) => isDefault);
    if (start < 0) return "next";
    for (const one of cases.slice(start)) {
      const outcome = this.#block(one.body);
      if (outcome === "next") {
        if (one.end === "break") return "next";
        continue;
      }
      const isOwn = "how" in outcome && outcome.how === "break" && (outcome.label ?? label) === label;
      return isOwn ? "next" : outcome;
    }
    return "next";
  }

  #assign({ target, operator, type, value }: Statement & { kind: "assign" }): void {
    const place = this.#place(target);
    if (operator === "") return place.write(this.#value(value));
    const current = place.read() as bigint;
    place.write(arithmetic(operator, type!, current, this.#integer(value)));
  }

  /** Something that can be read and written; its parts are worked out once. */
  #place(node: Expression): { read(): Value; write(value: Value): void } {
    if (node.kind === "name") {
      return { read: () => this.#names.get(node.name), write: (value) => this.#names.set(node.name, value) };
    }
    if (node.kind === "field") {
      const object = this.#value(node.object) as Memory & { kind: "struct" };
      return {
        read: () => object.fields.get(node.name),
        write: (value) => {
          if (object.absent) return;
          if (typeof value === "bigint") object.fields.set(node.name, value);
          else copyInto(object.fields.get(node.name) as Memory, value as Memory);
        },
      };
    }
    if (node.kind === "element") {
      const array = this.#value(node.object) as Memory & { kind: "array" };
      const index = Number(this.#integer(node.index));
      return {
        read: () => array.items[index] ?? zeroOf(array.element, true),
        write: (value) => {
          if (array.absent || index >= array.items.length) return;
          if (typeof value === "bigint") array.items[index] = value;
          else copyInto(array.items[index] as Memory, value as Memory);
        },
      };
    }
    throw new Error(`a ${node.kind} is no place`);
  }

  #integer(node: Expression): bigint {
    const value = this.#value(node);
    if (typeof value !== "bigint") throw new Error(`a ${node.kind} gave ${String(value)} for an integer`);
    return value;
  }

  #bytes(node: Expression): Memory & { kind: "bytes" } {
    return this.#value(node) as Memory & { kind: "bytes" };
  }

  #value(node: Expression): Value {
    switch (node.kind) {
      case "literal":
      case "truth":
      case "constant":
        return node.value;
      case "null":
        return null;
      case "name":
        return this.#names.has(node.name) ? this.#names.get(node.name) : this.#configs.get(node.name);
      case "field":
      case "element":
        return this.#place(node).read();
      case "length": {
        const object = this.#value(node.object) as Memory;
        return BigInt(object.kind === "bytes" ? object.data.length : object.kind === "array" ? object.items.length : 0);
      }
      case "binary": {
        const left = this.#integer(node.left);
        return arithmetic(node.operator, node.type, left, this.#integer(node.right));
      }
      case "compare": {
        const left = this.#integer(node.left);
        return compare(node.operator, left, this.#integer(node.right));
      }
      case "sameTruth": {
        const left = this.#value(node.left);
        return (left === this.#value(node.right)) === (node.operator === "===");
      }
      case "logical": {
        const left = this.#value(node.left) === true;
        if (node.operator === "&&") return left && this.#value(node.right);
        return left || this.#value(node.right);
      }
      case "not":
        return this.#value(node.operand) !== true;
      case "unary": {
        const operand = this.#integer(node.operand);
        return wrap(node.type, node.operator === "-" ? -operand : ~operand);
      }
      case "cast":
        return wrap(node.to, this.#integer(node.operand));
      case "conditional":
        return this.#value(node.test) === true ? this.#value(node.yes) : this.#value(node.no);
      case "call":
        return this.#call(
          node.name,
          node.given.map((one) => this.#value(one)),
        );
      case "extreme": {
        const [left, right] = [this.#integer(node.left), this.#integer(node.right)];
        return (node.which === "min") === left < right ? left : right;
      }
      case "bits":
        return bits(node.which, this.#integer(node.operand));
      case "load": {
        const { data } = this.#bytes(node.data);
        const at = Number(this.#integer(node.at));
        return at + bitsOf(node.type) / 8 <= data.length ? readInteger(data, at, node.type) : 0n;
      }
      case "slice": {
        const { data, absent } = this.#bytes(node.data);
        return { kind: "bytes", absent, data: data.subarray(node.start, node.start + node.length) };
      }
      case "copy":
        return this.#copy(node);
      case "isNull":
        return (this.#value(node.operand) === null) !== node.negated;
      case "zero":
        return zeroOf(node.type) as Memory;
      case "copyOf":
        return copyOf(this.#value(node.value) as Memory);
      case "of": {
        const made = zeroOf(node.type) as Memory & { kind: "struct" };
        for (const { name, value } of node.fields) {
          made.fields.set(name, copyOf(this.#value(value) as bigint | Memory));
        }
        return made;
      }
      case "nullish": {
        const subject = this.#value(node.subject);
        if (subject === null) return this.#value(node.other);
        return node.field === undefined ? subject : (subject as Memory & { kind: "struct" }).fields.get(node.field);
      }
      case "startsWith": {
        const { data } = this.#bytes(node.data);
        const at = node.at === undefined ? 0 : Number(this.#integer(node.at));
        const text = Buffer.from(node.text);
        return at + text.length <= data.length && text.equals(data.subarray(at, at + text.length));
      }
      case "equals": {
        const left = this.#bytes(node.left).data;
        return Buffer.from(left).equals(this.#bytes(node.right).data);
      }
      case "view": {
        const at = Number(this.#integer(node.at));
        return at + sizeOf(node.type) <= this.packet.length ? viewOf(node.type, this.packet, at) : null;
      }
      case "packetLoad": {
        const at = Number(this.#integer(node.at));
        return at + bitsOf(node.type) / 8 <= this.packet.length ? readInteger(this.packet, at, node.type) : 0n;
      }
      case "packetLength":
        return BigInt(this.packet.length);
      case "get":
      case "has":
      case "delete":
      case "set":
      case "getOrInsert":
        return this.#mapMethod(node);
      case "atomic": {
        const { fields } = this.#value(node.object) as Memory & { kind: "struct" };
        const given = node.given.map((one) => this.#integer(one));
        const before = fields.get(node.field) as bigint;
        fields.set(node.field, atomic(node.operation, node.type, before, given));
        return before;
      }
    }
  }

  /** Both positions are held so far from the end that the longest copy still fits; a constant one needs just what is copied. */
  #copy(node: Expression & { kind: "copy" }): boolean {
    const target = this.#bytes(node.data);
    const at = Number(this.#integer(node.at));
    const length = Number(this.#integer(node.length));
    const source = this.#bytes(node.source);
    const sourceAt = Number(this.#integer(node.sourceAt));
    const reach = (position: Expression, start: number) =>
      position.kind === "literal" ? start + length : start + node.longest;
    if (length > node.longest) return false;
    if (reach(node.at, at) > target.data.length || reach(node.sourceAt, sourceAt) > source.data.length) return false;
    target.data.set(source.data.slice(sourceAt, sourceAt + length), at);
    return true;
  }

  #mapMethod(node: Expression & { readonly map: string; readonly key: Expression }): Value {
    const map = this.#declared.get(node.map)!;
    const entries = this.maps.get(node.map)!;
    const key = keyText(dataType(map.key), this.#value(node.key) as bigint | Memory);
    const put = (value: Expression, onlyNew = false) => {
      const given = copyOf(this.#value(value) as bigint | Memory);
      const boxed: Memory =
        typeof given === "bigint" ? { kind: "struct", absent: false, fields: new Map([["value", given]]) } : given;
      // Working out the value may have put one there.
      if (!onlyNew || !entries.has(key)) entries.set(key, boxed);
    };
    switch (node.kind) {
      case "has":
        return entries.has(key);
      case "delete":
        return entries.delete(key);
      case "set":
        put(node.value);
        return true;
      case "getOrInsert":
        if (!entries.has(key)) put(node.initial, true);
        return entries.get(key)!;
      default:
        return entries.get(key) ?? null;
    }
  }

  #call(name: string, given: readonly Value[]): Value {
    const { parameters, body } = this.#functions.get(name)!;
    const outer = this.#names;
    this.#names = new Map(parameters.map((parameter, index) => [parameter.name, given[index]]));
    const outcome = this.#block(body);
    this.#names = outer;
    return typeof outcome === "object" && "returned" in outcome ? outcome.returned : undefined;
  }
}
