/** Text → instructions, in the dialect of the eBPF conformance suite (`forms.ts` has the names). */

import { InputError } from "../errors/error.ts";
import { parseLine, type Token } from "./assembly-line.ts";
import { fieldsOfOperand, type Surroundings } from "./assembly-operand.ts";
import { aliases, type Form, forms, type Operand } from "./forms.ts";
import { type Instruction, instruction, loadImmediate64 } from "./instruction.ts";

/**
 * The instructions of a program in text, one a line; an error says its line and column, and `name`, where the text
 * is from. Encode them to get bytes.
 *
 * ```ts
 * const program = assemble(`
 *   mov %r0, 0
 *   jeq %r1, 0, done       # a label, or a distance in slots: +2
 *   ldxdw %r0, [%r1+8]
 *   lock fetch add32 [%r10-8], %r0
 * done:
 *   exit
 * `);
 * const code = encode(program);
 * ```
 */
export function assemble(text: string, name = "assembly"): Instruction[] {
  const fail: Fail = ({ line, column }, message) => {
    throw new InputError("ISA_BAD_ASSEMBLY", `${name}:${line}:${column}: ${message}`);
  };
  const { statements, labels } = parse(text, fail);
  return statements.map(({ form, operands, slot }) => {
    const surroundings = { labels, from: slot + 1, fail };
    const fields = operands.map((token, index) => fieldsOfOperand(form.operands[index]!, token, surroundings));
    return instruction(form.opcode, Object.assign({}, form.fixed, ...fields));
  });
}

type Fail = Surroundings["fail"];

/** A line's form and operands, and the slot its instruction begins at. */
interface Statement {
  readonly form: Form;
  readonly operands: readonly Token[];
  readonly slot: number;
}

function parse(text: string, fail: Fail): { readonly statements: Statement[]; readonly labels: Map<string, number> } {
  const statements: Statement[] = [];
  const labels = new Map<string, number>();
  let slot = 0;
  text.split("\n").forEach((line, index) => {
    const { labels: names, words } = parseLine(line, index + 1);
    for (const name of names) {
      if (labels.has(name.text)) fail(name, `the label ${name.text} is there twice`);
      labels.set(name.text, slot);
    }
    if (words.length === 0) return;
    const statement = { ...match(words, fail), slot };
    statements.push(statement);
    slot += statement.form.opcode === loadImmediate64 ? 2 : 1;
  });
  // The conformance suite jumps by this name to its first exit, where no label stands.
  const exit = statements.find(({ form }) => form.name === "exit");
  if (exit !== undefined && !labels.has("exit")) labels.set("exit", exit.slot);
  return { statements, labels };
}

const byName = new Map<string, Form[]>();
for (const one of forms) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);

/** The most words a name has: `lock fetch add`. */
const longestName = 3;

/** Finds the form by the longest name that the words make, and by the sorts of the operands that follow. */
function match(words: readonly Token[], fail: Fail): { readonly form: Form; readonly operands: readonly Token[] } {
  const mnemonic = words[0]!;
  for (let length = Math.min(longestName, words.length); length > 0; length--) {
    const name = words
      .slice(0, length)
      .map(({ text }) => text)
      .join(" ");
    const candidates = byName.get(aliases[name] ?? name);
    if (candidates === undefined) continue;
    const operands = words.slice(length);
    const form = candidates.find((one) => fits(one, operands));
    if (form !== undefined) return { form, operands };
    fail(operands[0] ?? mnemonic, `${name} takes ${candidates.map(describe).join(", or ")}`);
  }
  if (mnemonic.text === "lock") fail(mnemonic, "lock is followed by an operation: lock fetch add [%r10-8], %r1");
  return fail(mnemonic, `there is no instruction ${mnemonic.text}`);
}

/** How an operand looks, enough to tell apart forms of one name. */
type Look = "register" | "place" | "other";

const looks: Partial<Record<Operand, Look>> = { dst: "register", src: "register", "[dst]": "place", "[src]": "place" };

function lookOf({ text }: Token): Look {
  if (text.startsWith("%")) return "register";
  return text.startsWith("[") ? "place" : "other";
}

function fits({ operands }: Form, given: readonly Token[]): boolean {
  const least = operands.filter((operand) => operand !== "offset").length;
  return (
    given.length >= least &&
    given.length <= operands.length &&
    given.every((token, index) => lookOf(token) === (looks[operands[index]!] ?? "other"))
  );
}

const descriptions: Record<Operand, string> = {
  dst: "a register",
  src: "a register",
  imm: "a number",
  imm64: "a number",
  immHigh: "a number",
  offset: "optionally a number",
  "[dst]": "a place as [%r1+8]",
  "[src]": "a place as [%r1+8]",
  near: "a label",
  far: "a label",
};

function describe({ operands }: Form): string {
  return operands.length === 0 ? "nothing" : operands.map((operand) => descriptions[operand]).join(" and ");
}
