/** Names of types. */

/** A name without its flavour: `task_struct___old` is another view of `task_struct`. */
export function essentialName(name: string): string {
  const mark = name.indexOf("___", 1);
  return mark === -1 ? name : name.slice(0, mark);
}
