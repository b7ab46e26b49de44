/** Enums as JavaScript. */

import type { Node } from "./syntax-tree.ts";

/**
 * An enum as the object that `tsc` makes of it: values by name, and for numbers names by value. It takes as many lines
 * as the enum did. A member may speak of those before it.
 */
export function enumText(source: string, node: Node): string {
  const name = String((node["id"] as Node)["name"]);
  const members = (node["body"] as Node)["members"] as readonly Node[];
  let previous: string | undefined;
  const statements = members.map(({ id, initializer }) => {
    const key = String((id as Node)["name"] ?? (id as Node)["value"]);
    const isName = /^[A-Za-z_$][\w$]*$/.test(key);
    const given = initializer as Node | null;
    const value =
      given === null
        ? previous === undefined
          ? "0"
          : `${previous} + 1`
        : source.slice(given.start, given.end).replaceAll("\n", " ");
    const local = isName ? key : undefined;
    const place = `${name}[${JSON.stringify(key)}]`;
    previous = place;
    const declared = local === undefined ? "" : `const ${local} = ${place}; `;
    return `${place} = ${value}; if (typeof ${place} === "number") ${name}[${place}] = ${JSON.stringify(key)}; ${declared}`;
  });
  const lineCount = source.slice(node.start, node.end).split("\n").length - 1;
  return `var ${name} = ((${name}) => { ${statements.join("")}return ${name}; })({});${"\n".repeat(lineCount)}`;
}
