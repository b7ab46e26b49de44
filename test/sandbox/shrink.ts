/** The smallest program that still fails: instructions are taken out while it does. */

import { decode, loadImmediate64, print, slotsOf } from "../../src/isa/index.ts";
import type { ProgramSpec } from "../../src/spec/index.ts";
import type { FuzzCase } from "./fuzz-case.ts";

const slotBytes = 8;
/** `goto +0`, which does nothing and takes one slot, so that no other jump has to change. */
const nothing = Uint8Array.of(0x05, 0, 0, 0, 0, 0, 0, 0);

/** `fails` says whether a case still does what it should not; it is asked until `untilMs`. */
export function shrunk(tried: FuzzCase, fails: (tried: FuzzCase) => boolean, untilMs: number): FuzzCase {
  let best = tried;
  for (const program of tried.spec.programs) {
    const starts = startsOf(program.code);
    for (let step = 2 ** Math.floor(Math.log2(starts.length)); step >= 1; step >>= 1) {
      for (let at = 0; at < starts.length && Date.now() < untilMs; at += step) {
        const candidate = without(best, program.name, starts.slice(at, at + step));
        if (candidate !== undefined && fails(candidate)) best = candidate;
      }
    }
  }
  return best;
}

/** The slots at which instructions begin. */
function startsOf(code: Uint8Array): number[] {
  const starts: number[] = [];
  for (let slot = 0; slot * slotBytes < code.byteLength; ) {
    starts.push(slot);
    slot += code[slot * slotBytes] === loadImmediate64 ? 2 : 1;
  }
  return starts;
}

function without(tried: FuzzCase, name: string, slots: readonly number[]): FuzzCase | undefined {
  const program = tried.spec.programs.find((one) => one.name === name)!;
  const code = program.code.slice();
  const gone = new Set(slots);
  for (const slot of slots) {
    const size = code[slot * slotBytes] === loadImmediate64 ? 2 : 1;
    for (let index = 0; index < size; index++) code.set(nothing, (slot + index) * slotBytes);
  }
  if (code.every((byte, at) => byte === program.code[at])) return undefined;
  const smaller = { ...program, code, maps: program.maps.filter(({ slot }) => !gone.has(slot)) };
  const programs = tried.spec.programs.map((one) => (one.name === name ? smaller : one));
  return { ...tried, spec: { ...tried.spec, programs } };
}

/** Each instruction on a line, without those that do nothing; maps by their names. */
export function listing({ code, maps }: ProgramSpec): string {
  const mapAt = new Map(maps.map(({ slot, map }) => [slot, map]));
  let slot = 0;
  return decode(code)
    .flatMap((instruction) => {
      const own = slot;
      slot += slotsOf(instruction);
      if (instruction.opcode === nothing[0] && instruction.offset === 0) return [];
      return [`${own}: ${print(instruction)}${mapAt.has(own) ? `  (${mapAt.get(own)})` : ""}`];
    })
    .join("\n");
}
