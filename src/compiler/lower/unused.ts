/** Functions that nothing calls: lowered all the same, for their mistakes, and then dropped. */

import { ProgramError } from "../../errors/error.ts";
import type { FunctionEntity } from "../entity.ts";
import { noUses } from "../exports.ts";
import { problemKinds } from "../problem.ts";
import { parametersOf } from "../syntax.ts";
import { lowerStatementsOf, returnTypeOf } from "./inline-functions.ts";
import { Lowering } from "./lowering.ts";
import { bindParameter } from "./parameters.ts";
import { newVariable } from "./variables.ts";

/** What may depend on the arguments of a call, as a bound may, is left to the calls. */
const left: ReadonlySet<string> = new Set([problemKinds.notYet.code, problemKinds.kernelRefuses.code]);

export function checkUnused(entity: FunctionEntity): void {
  const { module, node, name } = entity;
  const place = module.place(node.id ?? node);
  const lowering = new Lowering(name, place, noUses(), { kind: "callback" });
  const type = returnTypeOf(entity);
  const to = lowering.builder.newBlock();
  const back = { kind: "value", type, result: newVariable(name, type), to } as const;
  try {
    lowering.activate({ module, entity, return: back }, () => {
      for (const [index, parameter] of parametersOf(module.file, node.params).entries()) {
        lowering.scope.declare(parameter.name, bindParameter(lowering, parameter, index));
      }
      lowerStatementsOf(lowering, entity, back);
    });
  } catch (error) {
    if (!(error instanceof ProgramError) || !left.has(error.code)) throw error;
  }
}
