/** Random programs of statements, compiled and run in the kernel, against the same statements run here. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { runText } from "./compile.testing.ts";

/** How a statement ends: by going on, or by leaving something. */
type Ending = "next" | "break" | "continue" | "return";

interface Step {
  readonly text: string;
  run(state: State): Ending;
}

/** Variables `v0` to `v5`, and fields `f0` to `f2` of a struct on the stack. */
interface State {
  readonly names: Record<string, number>;
}

const variables = ["v0", "v1", "v2", "v3", "v4", "v5"];
const fields = ["box.f0", "box.f1", "box.f2"];
const places = [...variables, ...fields];
const u32 = (value: number) => value >>> 0;

interface Term {
  readonly text: string;
  value(state: State): number;
}

const place: fc.Arbitrary<Term> = fc
  .constantFrom(...places)
  .map((name) => ({ text: name, value: ({ names }) => names[name]! }));
const number: fc.Arbitrary<Term> = fc.nat(40).map((value) => ({ text: String(value), value: () => value }));
const operators: Record<string, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "^": (a, b) => a ^ b,
  "|": (a, b) => a | b,
  "&": (a, b) => a & b,
  "*": (a, b) => Math.imul(a, b),
};
const sum: fc.Arbitrary<Term> = fc
  .tuple(fc.constantFrom(...Object.keys(operators)), place, fc.oneof(place, number))
  .map(([operator, left, right]) => ({
    text: `(${left.text} ${operator} ${right.text})`,
    value: (state) => u32(operators[operator]!(left.value(state), right.value(state))),
  }));
/** `pick` is a function of the program that returns early. */
const call: fc.Arbitrary<Term> = fc.tuple(place, sum).map(([left, right]) => ({
  text: `pick(${left.text}, ${right.text})`,
  value: (state) => {
    const [a, b] = [left.value(state), right.value(state)];
    return a > b ? a : b === 7 ? 1 : u32(b + 3);
  },
}));
const term = fc.oneof(place, sum, call);

interface Test {
  readonly text: string;
  holds(state: State): boolean;
}

const comparison: fc.Arbitrary<Test> = fc
  .tuple(fc.constantFrom("<", "===", ">="), place, fc.oneof(term, number))
  .map(([operator, left, right]) => ({
    text: `${left.text} ${operator} ${right.text}`,
    holds: (state) => {
      const [a, b] = [left.value(state), right.value(state)];
      return operator === "<" ? a < b : operator === "===" ? a === b : a >= b;
    },
  }));
const condition: fc.Arbitrary<Test> = fc.oneof(
  comparison,
  fc.tuple(comparison, comparison).map(
    ([a, b]): Test => ({
      text: `(${a.text} && ${b.text})`,
      holds: (state) => a.holds(state) && b.holds(state),
    }),
  ),
  fc.tuple(comparison, comparison).map(
    ([a, b]): Test => ({
      text: `(!(${a.text}) || ${b.text})`,
      holds: (state) => !a.holds(state) || b.holds(state),
    }),
  ),
  fc.tuple(place, place).map(
    ([a, b]): Test => ({
      text: `isOdd(${a.text}, ${b.text})`,
      holds: (state) => (a.value(state) & 1) === 1 && b.value(state) > 2,
    }),
  ),
);

const assignment: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom(...places), fc.constantFrom("=", "+=", "^="), fc.oneof(term, number))
  .map(([name, operator, value]) => ({
    text: `${name} ${operator} ${value.text};`,
    run: (state) => {
      const given = value.value(state);
      const before = state.names[name]!;
      state.names[name] = u32(operator === "=" ? given : operator === "+=" ? before + given : before ^ given);
      return "next";
    },
  }));
/** Overwrites every register that a call may. */
const helper: fc.Arbitrary<Step> = fc.constant({ text: "now();", run: () => "next" as const });

function block(steps: readonly Step[]): Step {
  return {
    text: `{ ${steps.map(({ text }) => text).join(" ")} }`,
    run: (state) => {
      for (const step of steps) {
        const ending = step.run(state);
        if (ending !== "next") return ending;
      }
      return "next";
    },
  };
}

function step(depth: number, inLoop: boolean): fc.Arbitrary<Step> {
  const simple = [assignment, assignment, helper];
  const leaving: fc.Arbitrary<Step>[] = inLoop
    ? [
        fc
          .tuple(condition, fc.constantFrom("break", "continue", "return"))
          .map(([test, word]) => leave(test, word as Ending)),
      ]
    : [condition.map((test) => leave(test, "return"))];
  if (depth === 0) return fc.oneof(...simple, ...leaving);
  const inner = (within: boolean) => fc.array(step(depth - 1, within), { minLength: 1, maxLength: 4 }).map(block);
  const choice = fc.tuple(condition, inner(inLoop), inner(inLoop)).map(
    ([test, yes, no]): Step => ({
      text: `if (${test.text}) ${yes.text} else ${no.text}`,
      run: (state) => (test.holds(state) ? yes : no).run(state),
    }),
  );
  const loop = fc.tuple(fc.integer({ min: 1, max: 4 }), inner(true)).map(
    ([count, body]): Step => ({
      text: `for (let i = 0; i < ${count}; i++) ${body.text}`,
      run: (state) => {
        for (let i = 0; i < count; i++) {
          const ending = body.run(state);
          if (ending === "break") break;
          if (ending === "return") return "return";
        }
        return "next";
      },
    }),
  );
  return fc.oneof(...simple, ...leaving, choice, loop);
}

function leave(test: Test, word: Ending): Step {
  const text = word === "return" ? "return finish(out, v0, v1, v2, v3, v4, v5, box);" : `${word};`;
  return { text: `if (${test.text}) ${text}`, run: (state) => (test.holds(state) ? word : "next") };
}

const programs = fc.array(step(2, false), { minLength: 1, maxLength: 8 }).map(block);

/** `v1`, kept on the stack, takes a constant that fills 32 bits: its upper half is to stay zero. */
const constantOnTheStack: Step = {
  text: `if ((!(v0 < 0) || v0 < 0)) { v1 = pick(v0, (v3 - 4)); }
    else { for (let i = 0; i < 1; i++) { if ((v0 < 0 && v0 < pick(v0, (v0 + v0)))) break; } }
    now();`,
  run: ({ names }) => {
    names["v1"] = 0xffff_ffff;
    return "next";
  },
};

kernelTest("statements do in the kernel what they do here", () => {
  fc.assert(
    fc.property(programs, fc.tuple(fc.nat(50), fc.nat(), fc.nat(8)), (program, [a, b, c]) => {
      const text = `
        const Out = struct({ words: array(u64, 9) });
        type Out = ValueOf<typeof Out>;
        const Box = struct({ f0: u32, f1: u32, f2: u32, f3: u32 });
        type Box = ValueOf<typeof Box>;
        export const result = arrayMap({ value: Out, maxEntries: 1 });
        function pick(a: u32, b: u32): u32 {
          if (a > b) return a;
          switch (b) { case 7: return 1; default: return b + 3; }
        }
        function isOdd(a: u32, b: u32): boolean {
          if ((a & 1) !== 1) return false;
          return b > 2;
        }
        function finish(out: Out, v0: u32, v1: u32, v2: u32, v3: u32, v4: u32, v5: u32, box: Box): void {
          ${variables.map((name, index) => `out.words[${index}] = u64(${name});`).join(" ")}
          ${fields.map((name, index) => `out.words[${index + 6}] = u64(${name});`).join(" ")}
        }
        export const run = rawTracepoint("sys_enter", (a: u64, b: u64, c: u64): void => {
          const out = result.get(0);
          if (out === null) return;
          const box = Box.zero();
          let v0 = u32(a); let v1 = u32(b); let v2 = u32(c); let v3 = u32(0); let v4 = u32(1); let v5 = u32(a + b);
          ${program.text}
          finish(out, v0, v1, v2, v3, v4, v5, box);
        });`;
      const names: Record<string, number> = { v0: a, v1: b, v2: c, v3: 0, v4: 1, v5: u32(a + b) };
      for (const field of fields) names[field] = 0;
      program.run({ names });
      const expected = places.map((name) => BigInt(names[name]!));
      let actual: readonly bigint[];
      try {
        actual = runText(text, [BigInt(a), BigInt(b), BigInt(c)], places.length);
      } catch (error) {
        // Loops in loops with many ways through them can be more than the verifier follows.
        fc.pre(!/too large|too complex/.test(String((error as Error).message)));
        throw error;
      }
      assert.deepEqual(actual, expected);
    }),
    { numRuns: 150, examples: [[constantOnTheStack, [0, 0, 0]]] },
  );
});
