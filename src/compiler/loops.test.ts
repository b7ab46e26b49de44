/** Loops and switches, run in the kernel. */

import assert from "node:assert/strict";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { type Body, wordsOf } from "./compile.testing.ts";

function gives(name: string, given: Body, ...expected: bigint[]): void {
  kernelTest(name, () => assert.deepEqual(wordsOf(given, expected.length), expected));
}

gives(
  "for … of goes through arrays and ranges",
  {
    body: `out.words[0] = 1n; out.words[1] = 2n; out.words[2] = 3n;
      let sum = 0n;
      for (const word of out.words) sum += word;
      for (const part of out.parts) part.wide += 2n;
      for (const i of range(2, 5)) sum += u64(i) * 10n;
      for (const i of range(min(u32(a), 8))) {
        if (i === 1) continue;
        sum += 1000n;
      }
      out.words[3] = sum;
      out.words[0] = out.parts[0]!.wide + out.parts[1]!.wide + out.parts[2]!.wide;`,
    args: [5n, 0n, 0n],
  },
  6n,
  2n,
  3n,
  4096n,
);

gives(
  "do … while runs once at least",
  {
    body: `let turns = u32(0);
      do { turns++; } while (turns < 0);
      out.words[0] = u64(turns);
      do { turns++; if (turns === 4) continue; if (turns > 6) break; } while (turns < 9);
      out.words[1] = u64(turns);`,
  },
  1n,
  7n,
);

gives(
  "labels lead out of loops in loops",
  {
    body: `let found = 0n;
      outer: for (let i = 0; i < 4; i++) {
        for (let j = 0; j < 4; j++) {
          if (j === 2) continue outer;
          if (u64(i) === a) break outer;
          found += 1n;
        }
      }
      out.words[0] = found;
      here: switch (u32(b)) { case 3: for (;;) { break here; } default: found = 99n; }
      out.words[1] = found;`,
    args: [2n, 3n, 0n],
  },
  4n,
  4n,
);

gives(
  "a case that does not leave runs on into the next",
  {
    body: `out.words[0] = fall(u32(a)); out.words[1] = fall(u32(b)); out.words[2] = fall(u32(c)); out.words[3] = fall(9);`,
    before: `function fall(value: u32): u64 {
      let sum = 0n;
      switch (value) {
        case 1: sum += 1n;
        default: sum += 10n;
        case 2: sum += 100n; break;
        case 3: sum += 1000n;
      }
      return sum;
    }`,
    args: [1n, 2n, 3n],
  },
  111n,
  100n,
  1000n,
  110n,
);
