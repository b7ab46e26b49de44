/** Our verdict of both sides of every pair, and the running kernel's: where they differ, it is known why. */

import assert from "node:assert/strict";
import { TarsierError } from "../../errors/error.ts";
import { loadCollection } from "../../kernel/index.ts";
import { kernelTest } from "../../kernel/kernel-tests.testing.ts";
import { assembled } from "./assembled.testing.ts";
import { verifyProgram } from "./index.ts";
import { pairs, sideOf } from "./pairs.testing.ts";

interface Difference {
  /** Why Linux 6.18 judges otherwise. */
  readonly why: string;
  /** Whether it is we who accept. */
  readonly weAccept: boolean;
  readonly titles: readonly string[];
}

const differences: readonly Difference[] = [
  {
    why: "since Linux 6.3 privileged programs may read bytes of the stack that they never wrote; here nobody may",
    weAccept: false,
    titles: pairs.filter(({ rule }) => rule === "stackUnwritten").map(({ title }) => title),
  },
  {
    why: "the kernel wants the types of functions that are called back; the sandbox has no use for them",
    weAccept: true,
    titles: [
      "a key of a map behind its end",
      "the key of an element is written",
      "no function where one is wanted",
      "a map's value where a place on the stack is wanted",
      "a callback gives back what it may not",
      "a callback gives back any number",
    ],
  },
  {
    why: "before Linux 7.0 the kernel knows nothing of a quotient or remainder",
    weAccept: true,
    titles: ["a remainder of too large a divisor"],
  },
  {
    why: "the kernel does not subtract a number that it does not know from a place on the stack",
    weAccept: true,
    titles: ["a place that is not known, partly unwritten"],
  },
  {
    why: "the kernel counts stacks in units of 16 bytes, or of 32",
    weAccept: true,
    titles: ["two functions need too much together"],
  },
  {
    why: "the kernel checks the text of a format, too; here the helper does",
    weAccept: true,
    titles: ["text that may change"],
  },
  {
    why: "the kernel lets programs read its own structure of a map",
    weAccept: false,
    titles: ["a map is read from"],
  },
  {
    why: "the kernel refuses a context that was moved only where it is used",
    weAccept: false,
    titles: ["the context is moved by what nobody knows"],
  },
  {
    why: "the kernel lets privileged programs work with addresses as with numbers",
    weAccept: false,
    titles: ["an address is added atomically"],
  },
  {
    why: "the kernel refuses the read from what was found, not the look-up",
    weAccept: false,
    titles: ["a map that is only written is looked up"],
  },
];

function acceptedByKernel(collection: ReturnType<typeof assembled>["collection"]): boolean {
  try {
    loadCollection(collection).close();
    return true;
  } catch (error) {
    if (!(error instanceof TarsierError)) throw error;
    return false;
  }
}

kernelTest("the kernel judges each program alike, but for differences that have a reason", () => {
  const known = new Map(differences.flatMap(({ titles, weAccept }) => titles.map((title) => [title, weAccept])));
  const unexpected: string[] = [];
  let alike = 0;
  for (const pair of pairs) {
    for (const side of ["right", "wrong"] as const) {
      const { collection, program } = assembled(sideOf(pair, side), pair);
      const ours = verifyProgram(collection, program).accepted;
      if (acceptedByKernel(collection) === ours) alike++;
      else if (known.get(pair.title) !== ours && pair.rule !== "stackUnwritten") {
        unexpected.push(`${pair.title} (${side}): ${ours ? "accepted here only" : "refused here only"}`);
      }
    }
  }
  assert.deepEqual(unexpected, []);
  assert.ok(alike > pairs.length * 1.8, `only ${alike} of ${pairs.length * 2} alike`);
});
