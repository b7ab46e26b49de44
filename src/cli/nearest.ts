/** Names that someone who mistyped may have meant. */

const mostNames = 3;

/** Those of `names` that are nearest to `name`, the nearest first: few changes apart, or with it inside. */
export function nearest(name: string, names: Iterable<string>): string[] {
  const limit = Math.max(1, Math.floor(name.length / 4));
  const found = new Map<string, number>();
  for (const candidate of names) {
    if (found.has(candidate)) continue;
    const distance = changes(name, candidate, limit);
    if (distance <= limit) found.set(candidate, distance);
    else if (name.length > 3 && candidate.includes(name)) found.set(candidate, limit + candidate.length - name.length);
  }
  return [...found]
    .sort(([one, near], [other, far]) => near - far || one.localeCompare(other))
    .slice(0, mostNames)
    .map(([candidate]) => candidate);
}

/** How many letters have to be changed, added or taken away (Levenshtein's distance); more than `limit` is not counted out. */
function changes(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let at = 1; at <= from.length; at++) {
    const next = [at];
    for (let place = 1; place <= to.length; place++) {
      const same = from[at - 1] === to[place - 1];
      next.push(Math.min(row[place]! + 1, next[place - 1]! + 1, row[place - 1]! + (same ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length]!;
}
