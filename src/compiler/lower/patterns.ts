/** `const { port, inner: { count } } = key`: names for members. */

import { problem } from "../problem.ts";
import type { Expression, ObjectPattern } from "../syntax.ts";
import { describe } from "./coerce.ts";
import { lowerExpression } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { namedMember } from "./names.ts";
import type { Operand } from "./operand.ts";
import { declared } from "./statements.ts";

/** Numbers are read here and now; what is held by reference stays where it is. */
export function lowerPattern(lowering: Lowering, pattern: ObjectPattern, init: Expression, isFixed: boolean): void {
  bind(lowering, pattern, lowerExpression(lowering, init), lowering.place(init), isFixed);
}

function bind(
  lowering: Lowering,
  { properties }: ObjectPattern,
  object: Operand,
  objectPlace: ReturnType<Lowering["place"]>,
  isFixed: boolean,
): void {
  for (const property of properties) {
    const place = lowering.place(property);
    if (property.type !== "Property" || property.computed || property.key.type !== "Identifier") {
      throw problem("notInLanguage", place, "only plain names can stand here", "write `{ name }` or `{ name: other }`");
    }
    const { name } = property.key;
    const member = namedMember(lowering, object, name, place, objectPlace);
    if (member === undefined) throw problem("mistake", place, `${describe(object)} has no member ${name}`);
    const { value } = property;
    if (value.type === "ObjectPattern") bind(lowering, value, member, place, isFixed);
    else if (value.type === "Identifier") {
      lowering.scope.declare(value.name, declared(lowering, isFixed, value.name, member, undefined, place));
    } else
      throw problem("notInLanguage", place, "only plain names can stand here", "there is no `undefined` to replace");
  }
}
