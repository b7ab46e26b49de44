/** For tests: all pairs of programs, one right, and one that breaks a rule. */

import { arithmeticPairs } from "./pairs/arithmetic.testing.ts";
import { boundPairs } from "./pairs/bounds.testing.ts";
import { helperPairs, licensePairs } from "./pairs/calls.testing.ts";
import { contextPairs } from "./pairs/contexts.testing.ts";
import { flowPairs } from "./pairs/flow.testing.ts";
import type { Pair } from "./pairs/pair.testing.ts";
import { boundedPairs } from "./pairs/ranges.testing.ts";
import { registerPairs } from "./pairs/registers.testing.ts";
import { stackPairs } from "./pairs/stack.testing.ts";

export { type Pair, sideOf } from "./pairs/pair.testing.ts";

/** Every pair. */
export const pairs: readonly Pair[] = [
  ...boundPairs,
  ...registerPairs,
  ...arithmeticPairs,
  ...boundedPairs,
  ...stackPairs,
  ...contextPairs,
  ...helperPairs,
  ...flowPairs,
  ...licensePairs,
];
