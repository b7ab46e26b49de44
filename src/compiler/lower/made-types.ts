/** Types that are made where they are wanted: `packet.view(bytes(8), 14)`. */

import { evaluate } from "../evaluate.ts";
import { problem } from "../problem.ts";
import { argumentsOf, bare, type CallExpression, type Expression } from "../syntax.ts";
import type { Lowering } from "./lowering.ts";
import type { Operand } from "./operand.ts";

/** Whether a function of the language makes a type. A struct has a name of its own, and so its declaration. */
export function isTypeMaker(name: string): boolean {
  return name === "bytes" || name === "array";
}

export function lowerTypeMaker(lowering: Lowering, node: CallExpression): Operand {
  refuseLocalNames(lowering, node);
  return { kind: "entity", entity: evaluate(lowering.module, node) };
}

/** What is evaluated knows names of the module only, and a local one may hide one of these. */
function refuseLocalNames(lowering: Lowering, expression: Expression): void {
  const node = bare(expression);
  if (node.type === "Identifier" && lowering.scope.find(node.name) !== undefined) {
    const remedy = "a type is made of constants of the module";
    throw problem("notInLanguage", lowering.place(node), `${node.name} is known only while the program runs`, remedy);
  }
  for (const part of partsOf(lowering, node)) refuseLocalNames(lowering, part);
}

function partsOf(lowering: Lowering, node: Expression): readonly Expression[] {
  switch (node.type) {
    case "CallExpression":
      return [node.callee, ...argumentsOf(lowering.module.file, node)];
    case "BinaryExpression":
      return node.left.type === "PrivateIdentifier" ? [] : [node.left, node.right];
    case "UnaryExpression":
      return [node.argument];
    case "MemberExpression":
      return [node.object];
    default:
      return [];
  }
}
