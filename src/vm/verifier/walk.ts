/**
 * The walk: every way through a program, one after the other, with what is known at each instruction. A way ends where
 * another one went on from a state that stands for this one, too (`do_check` and `is_state_visited` of the kernel).
 */

import * as isa from "../../isa/index.ts";
import { nextNumber } from "./kernel-calls.ts";
import { findLive, type RegisterSet } from "./liveness.ts";
import { passOn, relyOnAll } from "./pruning.ts";
import { refuse } from "./refusal.ts";
import { copyState, newFrame, type State } from "./state.ts";
import { step } from "./step.ts";
import { subsumes } from "./subsume.ts";
import type { WalkContext } from "./walk-context.ts";
import { widen } from "./widen.ts";

/** A state that was put by, to compare others with. */
interface Checkpoint {
  readonly state: State;
  readonly parent: Checkpoint | undefined;
  /** Ways from here that are not walked to their ends. */
  open: number;
  misses: number;
  hits: number;
}

/** A state that waits to be walked from. */
interface Waiting {
  readonly state: State;
  readonly slot: number;
  readonly parent: Checkpoint | undefined;
}

export interface WalkSums {
  readonly instructionsVisited: number;
  readonly statesVisited: number;
}

/** States are not put by at every step: to copy and compare them costs, too. */
const jumpsBetween = 2;
const instructionsBetween = 8;
/** How many are kept of one place: of a loop with many turns the last ones. */
const mostOfOnePlace = 64;
/** How often a state may be compared in vain, for each time that it was not. */
const missesAllowed = 30;

export function walkProgram(walk: WalkContext, budget: number): WalkSums {
  const live = findLive(walk.code);
  const meetings = meetingSlots(walk);
  const hasMayGoto = walk.code.instructions.some((one) => one?.opcode === isa.mayGotoOpcode);
  const checkpoints = new Map<number, Checkpoint[]>();
  const waiting: Waiting[] = [{ state: walk.state, slot: 0, parent: undefined }];
  let instructionsVisited = 0;
  let statesVisited = 1;
  let startedLater = 0;
  // Since a state was last put by, on whatever way.
  let [jumpsSince, instructionsSince] = [0, 0];

  for (;;) {
    const next = waiting.pop() ?? laterStart();
    if (next === undefined) return { instructionsVisited, statesVisited };
    walkWay(next);
  }

  /** A function that runs later, on its own. */
  function laterStart(): Waiting | undefined {
    const start = walk.later[startedLater++];
    if (start === undefined) return undefined;
    const frame = newFrame("later", start.slot, -1, 0);
    start.registers.forEach((value, register) => {
      frame.registers[register] = value;
    });
    return { state: { frames: [frame], references: [], lock: undefined }, slot: start.slot, parent: undefined };
  }

  /** Walks on until the way ends. */
  function walkWay(from: Waiting): void {
    walk.state = from.state;
    let parent = from.parent;
    let slot = from.slot;
    for (;;) {
      walk.slot = slot;
      const convergence = meetings.get(slot);
      if (convergence !== undefined) {
        if (isCovered(slot, convergence)) break;
        if (convergence || (jumpsSince >= jumpsBetween && instructionsSince >= instructionsBetween)) {
          parent = putBy(slot, parent);
          [jumpsSince, instructionsSince] = [0, 0];
        }
      }
      if (++instructionsVisited > budget) {
        refuse(
          "budget",
          `more than ${budget} instructions were walked through, and there is no end`,
          "take fewer turns, or use `repeat(count, step)`, whose step it looks at once",
          slot,
        );
      }
      instructionsSince++;
      const outcome = step(walk);
      const isJump = outcome.others.length > 0 || outcome.next !== slot + 1;
      if (isJump) jumpsSince++;
      for (const other of outcome.others) {
        waiting.push({ state: other.state, slot: other.slot, parent });
        statesVisited++;
        if (parent !== undefined) parent.open++;
      }
      if (outcome.next === undefined) break;
      slot = outcome.next;
    }
    for (let at = parent; at !== undefined; at = at.parent) {
      at.open--;
      if (at.open > 0) break;
    }
  }

  /** Whether a loop has its end in what no state says: in the helper that calls back, or in `may_goto`. */
  function endsElsewhere({ frames }: State): boolean {
    return hasMayGoto || frames.some(({ kind }) => kind === "callback");
  }

  /** Whether what can happen from here happened before. */
  function isCovered(slot: number, convergence: boolean): boolean {
    const list = checkpoints.get(slot);
    if (list === undefined) return false;
    const registers = liveRegisters(walk, live, slot);
    let latest: Checkpoint | undefined;
    for (let index = list.length - 1; index >= 0; index--) {
      const one = list[index]!;
      if (one.open > 0) {
        latest ??= one;
        if (convergence) {
          if (subsumes(one.state, walk.state, registers, "within")) {
            relyOnAll(walk.state);
            return true;
          }
        } else if (!endsElsewhere(walk.state) && subsumes(one.state, walk.state, registers, "same")) {
          refuse(
            "endless",
            "there is no end of this loop: what it looks at stays the same from turn to turn",
            "count the turns and compare with a constant, or use `repeat(count, step)`",
            slot,
          );
        }
        continue;
      }
      if (subsumes(one.state, walk.state, registers, "asUsed")) {
        passOn(one.state, walk.state);
        one.hits++;
        return true;
      }
      one.misses++;
      // One that never fits costs more than it may bring.
      if (one.misses > (one.hits + 1) * missesAllowed) list.splice(index, 1);
    }
    if (convergence && latest !== undefined && latest.state.frames.length === walk.state.frames.length) {
      widen(latest.state, walk.state);
    }
    return false;
  }

  function putBy(slot: number, parent: Checkpoint | undefined): Checkpoint {
    const checkpoint: Checkpoint = { state: copyState(walk.state), parent, open: 1, misses: 0, hits: 0 };
    const list = checkpoints.get(slot);
    if (list === undefined) checkpoints.set(slot, [checkpoint]);
    else {
      list.push(checkpoint);
      if (list.length > mostOfOnePlace) list.shift();
    }
    return checkpoint;
  }
}

/** Where states are compared; `true` where a loop comes back whose end is not the program's to see. */
function meetingSlots({ code }: WalkContext): ReadonlyMap<number, boolean> {
  const meetings = new Map<number, boolean>();
  for (const slot of code.joins) meetings.set(slot, false);
  code.instructions.forEach((instruction, slot) => {
    if (instruction === undefined) return;
    const isLoop =
      isa.isCall(instruction) && instruction.src === isa.callSources.helper && loopHelpers.has(instruction.imm);
    const isNext = code.kernelFunctions.get(slot)?.name === nextNumber;
    if (isLoop || isNext || instruction.opcode === isa.mayGotoOpcode) meetings.set(slot, true);
  });
  return meetings;
}

const loopHelpers: ReadonlySet<number> = new Set([isa.helperIds.bpf_loop, isa.helperIds.bpf_for_each_map_elem]);

/** Of each frame, the registers that are still read. */
function liveRegisters({ state: { frames } }: WalkContext, live: readonly RegisterSet[], slot: number): RegisterSet[] {
  return frames.map((_, index) => {
    const above = frames[index + 1];
    if (above === undefined) return live[slot]!;
    // A function that is called back comes back to the call itself.
    return above.kind === "callback" ? live[above.callSite]! : live[above.callSite + 1]! & ~1;
  });
}
