/** What the parameters of a program's handler stand for, by the form of its hook. */

import * as isa from "../../isa/index.ts";
import { contexts } from "../../program/contexts.ts";
import type { HookDefinition } from "../../program/define-hook.ts";
import type { HandlerForm } from "../../program/hook-table.ts";
import { hookFunctions } from "../../program/hook-table.ts";
import type { ProgramEntity } from "../entity.ts";
import type { Relocation, Value } from "../ir.ts";
import { problem } from "../problem.ts";
import { type HandlerParameter, handlerParametersOf, type Parameter, typedParameter } from "../syntax.ts";
import { typeOfAnnotation } from "../type-annotations.ts";
import { integerType, type KernelStruct, type Type } from "../types.ts";
import { wrap } from "./integers.ts";
import { kernelPlace } from "./kernel-reads.ts";
import type { Binding, Lowering } from "./lowering.ts";
import { probeArguments } from "./probe-arguments.ts";
import { newVariable } from "./variables.ts";

/** Declares the handler's parameters in the current scope. */
export function declareParameters(lowering: Lowering, { handler, module, hook, place, defined }: ProgramEntity): void {
  const form: HandlerForm = hookFunctions[hook].form;
  const parameters = handlerParametersOf(module.file, handler.params);
  if (defined !== undefined) return declareContext(lowering, defined, parameters);
  if (form.kind === "probeArguments") {
    const values = probeArguments(lowering, parameters.length, place);
    for (const [index, parameter] of parameters.entries()) {
      lowering.scope.declare(parameter.name, bindNumberOrAddress(lowering, typedParameter(parameter), values[index]!));
    }
    return;
  }
  for (const [index, parameter] of parameters.entries()) {
    if (index > 0 && form.kind !== "words" && form.kind !== "callArguments") {
      throw problem("mistake", parameter.place, `${hook} hands over one thing`);
    }
    lowering.scope.declare(parameter.name, bindByForm(lowering, form, parameter, index));
  }
}

/** The one parameter of a handler for an application's hook: its type is the hook's to say. */
function declareContext(
  lowering: Lowering,
  { layout, spec }: HookDefinition,
  [parameter, more]: readonly HandlerParameter[],
): void {
  if (more !== undefined) throw problem("mistake", more.place, `${spec.name} hands over one thing`);
  if (parameter === undefined) return;
  const base = lowering.context(parameter.place);
  const operand = { kind: "memory", type: layout, base, offset: 0, nullable: false } as const;
  lowering.scope.declare(parameter.name, { kind: "fixed", operand });
}

function bindByForm(
  lowering: Lowering,
  form: Exclude<HandlerForm, { kind: "probeArguments" }>,
  given: HandlerParameter,
  index: number,
): Binding {
  const { place } = given;
  const parameter = () => typedParameter(given);
  switch (form.kind) {
    case "words":
      return bindParameter(lowering, parameter(), form.first + index);
    case "callArguments":
      if (index >= argumentRegisters.x64.length) {
        throw problem("notYet", place, "arguments behind the sixth, which stand on the stack");
      }
      return bindNumberOrAddress(lowering, parameter(), register(lowering, index, place));
    case "callResult":
      return bindNumberOrAddress(lowering, parameter(), register(lowering, "result", place));
    case "kernelStruct": {
      const type = typeOfAnnotation(lowering.module, parameter().type);
      if (type.kind !== "kernel") throw problem("mistake", place, "a structure of the kernel is wanted here");
      const base = lowering.context(place);
      return { kind: "fixed", operand: kernelPlace(type.target, base, { probed: false, nullable: false }) };
    }
    case "context": {
      const type = { name: form.name, schema: contexts[form.name] };
      if (given.type !== undefined) expectContext(lowering, parameter(), form.name);
      return { kind: "fixed", operand: { kind: "context", type, base: lowering.context(place), nullable: false } };
    }
    case "memory": {
      const type = typeOfAnnotation(lowering.module, parameter().type);
      if (type.kind !== "memory") throw problem("mistake", place, "a struct is wanted here");
      const operand = { kind: "memory", type: type.memory, base: lowering.context(place), offset: 0 } as const;
      return { kind: "fixed", operand: { ...operand, nullable: false } };
    }
  }
}

function expectContext(lowering: Lowering, parameter: Parameter, name: string): void {
  const given = typeOfAnnotation(lowering.module, parameter.type);
  if (given.kind === "context" && (given.context.name === name || given.context.schema === undefined)) return;
  throw problem("mistake", parameter.place, `this hook hands over a ${name}`);
}

/** What a parameter stands for: word `index` of the context. */
export function bindParameter(lowering: Lowering, parameter: Parameter, index: number): Binding {
  const type = typeOfAnnotation(lowering.module, parameter.type);
  return bindValue(lowering, parameter, type, lowering.emit({ kind: "argument", index }, [], parameter.place));
}

/** What a parameter of `type` stands for, of which `argument` is the word. */
export function bindValue(lowering: Lowering, { name, place }: Parameter, type: Type, argument: Value): Binding {
  switch (type.kind) {
    case "integer":
    case "boolean": {
      const binding = newVariable(name, type);
      lowering.builder.write(binding.variable, numberOf(lowering, argument, type, place));
      return binding;
    }
    case "memory":
      return {
        kind: "fixed",
        operand: { kind: "memory", type: type.memory, base: argument, offset: 0, nullable: type.nullable },
      };
    case "kernel":
      return {
        kind: "fixed",
        operand: kernelPlace(type.target, argument, { probed: false, nullable: type.nullable }),
      };
    case "context":
      return {
        kind: "fixed",
        operand: { kind: "context", type: type.context, base: argument, nullable: type.nullable },
      };
    default:
      throw problem("mistake", place, "a parameter cannot be of this type");
  }
}

/** A register as a parameter: a number, or an address which the verifier does not know. */
function bindNumberOrAddress(lowering: Lowering, parameter: Parameter, value: Value): Binding {
  const { name, place } = parameter;
  const type = typeOfAnnotation(lowering.module, parameter.type);
  if (type.kind === "kernel") {
    return { kind: "fixed", operand: kernelPlace(type.target, value, { probed: true, nullable: type.nullable }) };
  }
  if (type.kind !== "integer" && type.kind !== "boolean") {
    throw problem("mistake", place, "here are integers and structures of the kernel", "take an address as a u64");
  }
  const binding = newVariable(name, type);
  lowering.builder.write(binding.variable, numberOf(lowering, value, type, place));
  return binding;
}

/** An argument takes a whole word of the context; of a narrower type only its low bits mean anything. */
function numberOf(lowering: Lowering, argument: Value, type: Type, place: Parameter["place"]): Value {
  if (type.kind === "boolean") return wrap(lowering, integerType("u8"), argument, place);
  if (type.kind !== "integer" || type.integer.sizeBytes === 8) return argument;
  const low = lowering.emit({ kind: "truncate" }, [argument], place);
  return wrap(lowering, type.integer, low, place);
}

/**
 * Where functions take arguments and leave results, by architecture: members of `pt_regs` on x64 (System V ABI), elements
 * of `user_pt_regs.regs` on arm64 (AAPCS64). Which of them the running kernel has is decided when the program is loaded.
 */
const argumentRegisters = { x64: ["di", "si", "dx", "cx", "r8", "r9"], arm64: [0, 1, 2, 3, 4, 5] } as const;
const resultRegister = { x64: "ax", arm64: 0 } as const;

const word = { kind: "integer", integer: integerType("u64") } as const;

const x64Registers: KernelStruct = {
  kind: "struct",
  name: "pt_regs",
  members: [...argumentRegisters.x64, resultRegister.x64].map((name) => ({ name, type: word })),
};

const arm64Registers: KernelStruct = {
  kind: "struct",
  name: "user_pt_regs",
  members: [{ name: "regs", type: { kind: "array", element: word, length: 31 } }],
};

function register(lowering: Lowering, which: number | "result", place: Parameter["place"]): Value {
  const { builder } = lowering;
  const name = which === "result" ? resultRegister.x64 : argumentRegisters.x64[which]!;
  const x64Access = `0:${x64Registers.members.findIndex((member) => member.name === name)}`;
  const arm64Access = `0:0:${which === "result" ? resultRegister.arm64 : argumentRegisters.arm64[which]!}`;
  const base = lowering.context(place);
  const result = { name, isNumber: true };
  const [x64, arm64, after] = [builder.newBlock(), builder.newBlock(), builder.newBlock()];
  const exists: Relocation = { kind: "fieldExists", root: x64Registers, access: x64Access };
  const isX64 = lowering.emit({ kind: "core", relocation: exists }, [], place);
  const operands: [Value, Value] = [isX64, lowering.constant(0, place)];
  lowering.branch({ condition: isa.jne, width: 64, operands }, { then: x64, otherwise: arm64 }, place);
  for (const [block, root, access] of [
    [x64, x64Registers, x64Access],
    [arm64, arm64Registers, arm64Access],
  ] as const) {
    lowering.enter(block);
    const relocation: Relocation = { kind: "fieldByteOffset", root, access };
    builder.write(result, lowering.emit({ kind: "load", sizeBytes: 8, offset: 0, relocation }, [base], place));
    lowering.jump(after, place);
  }
  lowering.enter(after);
  return builder.read(result, place);
}
