/** The stack that functions which call one another need together. */

import { refuse } from "./refusal.ts";
import { stackBytes as allBytes } from "./stack.ts";
import type { WalkContext } from "./walk-context.ts";

/** Frames begin at multiples of this. */
const alignmentBytes = 8;

/** The bytes of the deepest chain of calls; refused where there are more than the stack has. */
export function checkStackTotal({ stackBytes, calls, later }: WalkContext): number {
  const callees = new Map<number, number[]>();
  for (const call of calls) {
    const [caller, callee] = call.split(" ").map(Number) as [number, number];
    callees.set(caller, [...(callees.get(caller) ?? []), callee]);
  }
  const known = new Map<number, number>();
  const totalFrom = (entry: number): number => {
    const found = known.get(entry);
    if (found !== undefined) return found;
    const own = Math.ceil((stackBytes.get(entry) ?? 0) / alignmentBytes) * alignmentBytes;
    const total = own + Math.max(0, ...(callees.get(entry) ?? []).map(totalFrom));
    known.set(entry, total);
    return total;
  };
  const total = Math.max(...[0, ...later.map(({ slot }) => slot)].map(totalFrom));
  if (total > allBytes) {
    refuse(
      "stackTotal",
      `functions that call one another need ${total} bytes of stack together, and there are ${allBytes}`,
      "keep large structs in a perCpuArray with one entry",
      0,
    );
  }
  return total;
}
