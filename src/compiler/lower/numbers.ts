/** `for (const index of numbers(from, to))`: the kernel counts (`bpf_iter_num_new` and its kin, Linux 6.4). */

import * as isa from "../../isa/index.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { argumentsOf, bare, type Expression, type Statement } from "../syntax.ts";
import { integerType, type KernelStruct, type Type } from "../types.ts";
import { assignedNames } from "./assigned-names.ts";
import { coercePosition } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { lowerStatement } from "./statements.ts";

/** `struct bpf_iter_num` (`linux/bpf.h`). */
const iteratorBytes = 8;

const number: Type = { kind: "integer", integer: integerType("i32") };
const iteratorStruct: KernelStruct = { kind: "struct", name: "bpf_iter_num", members: [] };
const iterator: Type = { kind: "kernel", target: iteratorStruct, nullable: false };
const box = { kind: "box", of: integerType("i32"), sizeBytes: 4 } as const;

const functions = {
  bpf_iter_num_new: { parameters: [iterator, number, number], result: number },
  bpf_iter_num_next: { parameters: [iterator], result: { kind: "memory", memory: box, nullable: true } },
  bpf_iter_num_destroy: { parameters: [iterator], result: { kind: "void" } },
} as const;

/** The bounds of `numbers(from, to)`, if `expression` is that. */
export function numbersOf(lowering: Lowering, expression: Expression): { from: Value; to: Value } | undefined {
  const node = bare(expression);
  const callee = node.type === "CallExpression" ? bare(node.callee) : undefined;
  if (node.type !== "CallExpression" || callee?.type !== "Identifier") return undefined;
  if (lowering.scope.find(callee.name) !== undefined) return undefined;
  const entity = lowering.module.value(callee.name, lowering.place(callee));
  if (entity?.kind !== "intrinsic" || entity.name !== "numbers") return undefined;
  const given = argumentsOf(lowering.module.file, node);
  if (given.length !== 2) throw problem("mistake", lowering.place(node), "numbers takes two numbers");
  const [from, to] = given.map((one) => coercePosition(lowering, lowerExpression(lowering, one), lowering.place(one)));
  return { from: from!, to: to! };
}

export interface NumbersLoop {
  readonly from: Value;
  readonly to: Value;
  readonly name: string;
  readonly body: Statement;
  readonly label: string | undefined;
  readonly place: Place;
}

export function lowerNumbers(lowering: Lowering, { from, to, name, body, label, place }: NumbersLoop): void {
  const { builder } = lowering;
  const [head, inside, done] = [builder.newBlock(), builder.newBlock(), builder.newBlock()];
  const state = lowering.emit({ kind: "frame", sizeBytes: iteratorBytes }, [], place);
  const call = (name: keyof typeof functions, operands: Value[]) =>
    lowering.emit({ kind: "callKernel", name, ...functions[name] }, operands, place);
  const destroy = () => void call("bpf_iter_num_destroy", [state]);
  call("bpf_iter_num_new", [state, from, to]);
  lowering.jump(head, place);

  lowering.enterLoop(head, assignedNames([body]));
  const next = call("bpf_iter_num_next", [state]);
  const test = { condition: isa.jeq, width: 64, guard: true } as const;
  const operands: [Value, Value] = [next, lowering.constant(0, place)];
  lowering.branch({ ...test, operands }, { then: done, otherwise: inside }, place);

  lowering.enter(inside);
  const value = lowering.emit({ kind: "load", sizeBytes: 4, offset: 0 }, [next], place);
  lowering.escapes.push({ breakTo: done, continueTo: head, label, leave: destroy });
  lowering.scoped(() => {
    lowering.scope.declare(name, { kind: "fixed", operand: { kind: "integer", type: integerType("u32"), value } });
    lowerStatement(lowering, body);
  });
  lowering.escapes.pop();
  lowering.jump(head, place);
  builder.seal(head);
  lowering.enter(done);
  destroy();
}
