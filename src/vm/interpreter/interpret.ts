/**
 * The interpreter: every instruction of RFC 9669 and what Linux has beside, class by class. Every access is checked against the
 * object that its pointer came from. It is what the other ways of running a program are compared with.
 */

import { mayGotoOpcode } from "../../isa/jump.ts";
import { accessSizeOf, modeOf, modes } from "../../isa/memory.ts";
import { type FaultKind, faults } from "../faults.ts";
import { closeFrame, frameEnd, openFrame } from "../frames.ts";
import { helpers } from "../helpers/table.ts";
import { callDepthLimit, cells, frameCount, indexMask, objectIndexes, objectTableAt, registersAt } from "../layout.ts";
import { type LinkedProgram, tailCall } from "../link.ts";
import type { Machine } from "../machine.ts";
import { loadPacket } from "../packet-load.ts";
import { prepareTailCall } from "../tail-call.ts";
import { divide, swap } from "./arithmetic.ts";
import { runAtomic } from "./atomics.ts";
import { holds32, holds64 } from "./conditions.ts";
import { load, store } from "./memory.ts";
import * as words from "./words.ts";

/** A function that called another one: where it goes on, its registers r6 to r9, and when its loops must end. */
interface Caller {
  readonly slot: number;
  readonly saved: Int32Array;
  readonly enough: number;
}

/**
 * Runs the function that begins at `start` with what lies in r1 to r5; r0 is its result. `code` is the program's (decode.ts). False when it
 * faulted, and the cells say how.
 */
export function interpret(machine: Machine, program: LinkedProgram, code: Int32Array, start: number): boolean {
  const { slotCount, readsKernelMemory } = program;
  const { i32, view, registers } = machine;
  const capacityMask = machine.objects.capacity - 1;
  const baseDepth = i32[cells.depth >> 2]!;
  const callers: Caller[] = [];
  // A callback's caller is in the middle of a helper.
  const outer = baseDepth > 0 ? registers.slice(12, 22) : undefined;
  let depth = baseDepth;
  let fuel = i32[cells.fuel >> 2]!;
  let enough = fuel >> 1;
  let slot = start;
  const pointer = new Int32Array(2);

  let fault: FaultKind = "end";
  let faultBytes = 0;

  if (depth >= frameCount) {
    // Whoever calls it back says where.
    i32[cells.status >> 2] ||= faults.depth;
    return false;
  }
  enter(machine, depth);
  running: for (;;) {
    if (slot >= slotCount) break;
    const at = slot << 2;
    const word = code[at]!;
    const immediate = code[at + 1]!;
    const opcode = word & 0xff;
    // Registers are pairs of words in memory: these are the places of their lower halves.
    const d = (word >>> 8) & 0xfff;
    const s = word >>> 20;
    const isRegister = (word & 0x08) !== 0;
    const low = isRegister ? i32[s]! : immediate;
    let distance = code[at + 2]!;
    switch (opcode) {
      // RFC 9669, section 4.1: arithmetic, 64 bits, with an immediate and with a register.
      case 0x07: // add
      case 0x0f: {
        const before = i32[d]!;
        const sum = (before + low) | 0;
        i32[d + 1] = i32[d + 1]! + (isRegister ? i32[s + 1]! : immediate >> 31) + (sum >>> 0 < before >>> 0 ? 1 : 0);
        i32[d] = sum;
        slot++;
        continue;
      }
      case 0x17: // sub
      case 0x1f: {
        const before = i32[d]!;
        const high = isRegister ? i32[s + 1]! : immediate >> 31;
        i32[d + 1] = i32[d + 1]! - high - (before >>> 0 < low >>> 0 ? 1 : 0);
        i32[d] = before - low;
        slot++;
        continue;
      }
      case 0x27: // mul
      case 0x2f:
        words.multiply(i32, d, low, isRegister ? i32[s + 1]! : immediate >> 31);
        slot++;
        continue;
      case 0x47: // or
      case 0x4f:
        i32[d + 1]! |= isRegister ? i32[s + 1]! : immediate >> 31;
        i32[d]! |= low;
        slot++;
        continue;
      case 0x57: // and
      case 0x5f:
        i32[d + 1]! &= isRegister ? i32[s + 1]! : immediate >> 31;
        i32[d]! &= low;
        slot++;
        continue;
      case 0xa7: // xor
      case 0xaf:
        i32[d + 1]! ^= isRegister ? i32[s + 1]! : immediate >> 31;
        i32[d]! ^= low;
        slot++;
        continue;
      case 0x67: // lsh
      case 0x6f:
        words.shiftLeft(i32, d, low);
        slot++;
        continue;
      case 0x77: // rsh
      case 0x7f:
        words.shiftRight(i32, d, low);
        slot++;
        continue;
      case 0xc7: // arsh
      case 0xcf:
        words.shiftRightSigned(i32, d, low);
        slot++;
        continue;
      case 0x87: // neg
        words.negate(i32, d);
        slot++;
        continue;
      case 0xb7: // mov
        i32[d] = immediate;
        i32[d + 1] = immediate >> 31;
        slot++;
        continue;
      case 0xbf: // mov, movsx; an address space cast moves as it is
        if (distance <= 1) {
          i32[d + 1] = i32[s + 1]!;
          i32[d] = low;
        } else {
          i32[d] = words.extended(low, distance);
          i32[d + 1] = i32[d]! >> 31;
        }
        slot++;
        continue;
      // 32 bits: the upper half of the result is zero.
      case 0x04: // add
      case 0x0c:
        i32[d]! += low;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x14: // sub
      case 0x1c:
        i32[d]! -= low;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x24: // mul
      case 0x2c:
        i32[d] = Math.imul(i32[d]!, low);
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x44: // or
      case 0x4c:
        i32[d]! |= low;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x54: // and
      case 0x5c:
        i32[d]! &= low;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0xa4: // xor
      case 0xac:
        i32[d]! ^= low;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x64: // lsh
      case 0x6c:
        i32[d]! <<= low;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x74: // rsh
      case 0x7c:
        i32[d]! >>>= low;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0xc4: // arsh
      case 0xcc:
        i32[d]! >>= low;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0xb4: // mov, movsx
      case 0xbc:
        i32[d] = words.extended(low, distance);
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x84: // neg
        i32[d] = -i32[d]!;
        i32[d + 1] = 0;
        slot++;
        continue;
      // Division and modulo, signed and not, in both widths.
      case 0x37:
      case 0x3f:
      case 0x97:
      case 0x9f:
      case 0x34:
      case 0x3c:
      case 0x94:
      case 0x9c:
        divide(i32, d, opcode, low, isRegister ? i32[s + 1]! : immediate >> 31, distance);
        slot++;
        continue;
      // Section 4.2: byte swaps.
      case 0xd4:
      case 0xdc:
      case 0xd7:
        swap(i32, d, opcode, immediate);
        slot++;
        continue;
      // Section 5: loads, filled with zeros and with the sign.
      case 0x71:
      case 0x69:
      case 0x61:
      case 0x79:
      case 0x91:
      case 0x89:
      case 0x81: {
        const offset = distance;
        const before = i32[s]!;
        const low = (before + offset) | 0;
        const high = (i32[s + 1]! + (offset >> 31) + (low >>> 0 < before >>> 0 ? 1 : 0)) | 0;
        const sizeBytes = sizeOf(opcode);
        const row = rowsAt + ((high & capacityMask) << 2);
        const room = (i32[row + lengthAt]! - sizeBytes) | 0;
        if (i32[row + 1] === high && room >= 0 && (low - i32[row]!) >>> 0 <= room >>> 0) {
          load(i32, view, d, opcode, low >>> 0);
        } else if (readsKernelMemory) {
          i32[d] = 0;
          i32[d + 1] = 0;
        } else {
          pointer[0] = low;
          pointer[1] = high;
          fault = "load";
          faultBytes = sizeBytes;
          break running;
        }
        slot++;
        continue;
      }
      // Section 5.3: atomic operations, and loads and stores that order others (Linux 6.15).
      case 0xc3:
      case 0xdb:
      case 0xd3:
      case 0xcb: {
        const kind = runAtomic(machine, program, slot, pointer);
        if (kind !== undefined) {
          fault = kind;
          faultBytes = accessSizeOf(opcode);
          break running;
        }
        slot++;
        continue;
      }
      // Stores, of an immediate and of a register.
      case 0x72:
      case 0x6a:
      case 0x62:
      case 0x7a:
      case 0x73:
      case 0x6b:
      case 0x63:
      case 0x7b: {
        const offset = distance;
        const before = i32[d]!;
        const low = (before + offset) | 0;
        const high = (i32[d + 1]! + (offset >> 31) + (low >>> 0 < before >>> 0 ? 1 : 0)) | 0;
        const sizeBytes = sizeOf(opcode);
        const row = rowsAt + ((high & capacityMask) << 2);
        const room = (i32[row + writableAt]! - sizeBytes) | 0;
        const isInFront = i32[row + 1] === high && room >= 0 && (low - i32[row]!) >>> 0 <= room >>> 0;
        if (!isInFront && machine.locate(low, high, sizeBytes, true) < 0) {
          pointer[0] = low;
          pointer[1] = high;
          fault = machine.locate(low, high, sizeBytes) < 0 ? "store" : "readOnly";
          faultBytes = sizeBytes;
          break running;
        }
        const isStx = (opcode & 0x01) !== 0;
        store(view, low >>> 0, sizeBytes, isStx ? i32[s]! : immediate, isStx ? i32[s + 1]! : immediate >> 31);
        slot++;
        continue;
      }
      // 64-bit immediates; maps, functions and places in values have been filled in.
      case 0x18:
        if (program.missing.has(slot)) {
          fault = "missing";
          break running;
        }
        i32[d] = immediate;
        i32[d + 1] = code[at + 3]!;
        slot += 2;
        continue;
      // Section 5.5: the deprecated access to packets; past their end the program ends with 0.
      case 0x30:
      case 0x28:
      case 0x20:
      case 0x50:
      case 0x48:
      case 0x40:
        if (
          !loadPacket(machine, ((modeOf(opcode) === modes.ind ? i32[s]! : 0) + immediate) | 0, accessSizeOf(opcode))
        ) {
          registers.fill(0, 0, 2);
          closeFrame(machine, depth);
          i32[cells.fuel >> 2] = fuel;
          return true;
        }
        registers.fill(0, 2, 12);
        slot++;
        continue;
      case 0x05: // ja
        break;
      case 0x06: // ja, far
        distance = immediate;
        break;
      case mayGotoOpcode: // when half of what there was at the function's beginning is used up
        if (fuel <= enough) break;
        slot++;
        continue;
      // Calls.
      case 0x85: // of a helper, a function of the program, a kernel function
      case 0x8d: {
        let target = slot + 1 + immediate;
        let kind = opcode === 0x8d ? registerCall : (s - firstRegister) >> 1;
        let helper = immediate;
        if (kind === registerCall) {
          // By register: a function's address, or the number of a helper.
          const high = i32[d + 1]!;
          kind = (high & indexMask) === objectIndexes.functions && high !== 0 ? localCall : helperCall;
          helper = i32[d]!;
          target = i32[d]!;
          const isKnown = kind === localCall ? program.functions.includes(target) : high === 0 && helpers.has(helper);
          if (!isKnown) {
            pointer[0] = helper;
            pointer[1] = high;
            fault = "notCallable";
            break running;
          }
        }
        if (--fuel < 0) {
          fault = "limit";
          break running;
        }
        if (kind === localCall) {
          if (depth - baseDepth + 1 >= callDepthLimit || depth + 1 >= frameCount) {
            fault = "depth";
            break running;
          }
          callers.push({ slot, saved: registers.slice(12, 22), enough });
          enough = fuel >> 1;
          depth++;
          enter(machine, depth);
          slot = target;
          continue;
        }
        if (program.missing.has(slot)) {
          fault = "missing";
          break running;
        }
        i32[cells.fuel >> 2] = fuel;
        i32[cells.depth >> 2] = depth + 1;
        if (kind === helperCall && helper === tailCall) {
          if (callers.length > 0) {
            fault = "notCallable";
            break running;
          }
          if (prepareTailCall(machine)) {
            closeFrame(machine, depth);
            i32[cells.depth >> 2] = baseDepth;
            return true;
          }
        } else {
          (kind === helperCall ? helpers.get(helper)! : program.kernelFunctions.get(slot)!).run(machine);
        }
        i32[cells.depth >> 2] = baseDepth;
        fuel = i32[cells.fuel >> 2]!;
        if (i32[cells.status >> 2] !== 0) {
          fault = "argument";
          break running;
        }
        registers.fill(0, 2, 12);
        slot++;
        continue;
      }
      case 0x95: {
        // exit
        closeFrame(machine, depth);
        const caller = callers.pop();
        if (caller === undefined) {
          i32[cells.fuel >> 2] = fuel;
          if (outer !== undefined) registers.set(outer, 12);
          return true;
        }
        depth--;
        registers.set(caller.saved, 12);
        enough = caller.enough;
        registers.fill(0, 2, 12);
        slot = caller.slot;
        slot++;
        continue;
      }
      // Section 4.3: conditions of 64 bits, those of equality first.
      case 0x15: // jeq
      case 0x1d:
        if (i32[d] === low && i32[d + 1] === (isRegister ? i32[s + 1]! : immediate >> 31)) break;
        slot++;
        continue;
      case 0x55: // jne
      case 0x5d:
        if (i32[d] !== low || i32[d + 1] !== (isRegister ? i32[s + 1]! : immediate >> 31)) break;
        slot++;
        continue;
      default: {
        const isTaken =
          (opcode & 7) === 6
            ? holds32(opcode, i32[d]!, low)
            : holds64(opcode, i32[d]!, i32[d + 1]!, low, isRegister ? i32[s + 1]! : immediate >> 31);
        if (isTaken) break;
        slot++;
        continue;
      }
    }
    // What comes here jumps.
    if (distance < 0) {
      fuel += distance;
      if (fuel < 0) {
        fault = "limit";
        break;
      }
    }
    slot += distance + 1;
  }
  i32[cells.fuel >> 2] = fuel;
  for (let open = depth; open >= baseDepth; open--) closeFrame(machine, open);
  i32[cells.depth >> 2] = baseDepth;
  return failed(machine, fault, slot, pointer, faultBytes);
}

/** Begins a function: its frame, and nothing in the registers that it has not been given. */
function enter(machine: Machine, depth: number): void {
  const { registers } = machine;
  registers[21] = openFrame(machine, depth);
  registers[20] = frameEnd(depth);
  registers.fill(0, 0, 2);
  registers.fill(0, 12, 20);
}

/** Writes down why the run ends. */
function failed(machine: Machine, kind: FaultKind, slot: number, pointer: Int32Array, sizeBytes: number): false {
  const { i32 } = machine;
  if (i32[cells.status >> 2] === 0) i32[cells.status >> 2] = faults[kind];
  // What a callback did before counts.
  if (i32[cells.faultSlot >> 2] !== -1) return false;
  i32[cells.faultSlot >> 2] = slot;
  i32[cells.faultAddress >> 2] = pointer[0]!;
  i32[(cells.faultAddress >> 2) + 1] = pointer[1]!;
  i32[cells.faultBytes >> 2] = sizeBytes;
  return false;
}

/** How many bytes a load or store moves: four bits each, by bits 3 and 4 of the opcode. `accessSizeOf`, without a table. */
const sizeOf = (opcode: number): number => (0x8124 >> ((opcode & 0x18) >> 1)) & 15;

/** The table of objects, in words. */
const rowsAt = objectTableAt >> 2;

/** Where the registers lie, in words. */
const firstRegister = registersAt >> 2;

/** The `src` of calls, and one of our own. */
const helperCall = 0;
const localCall = 1;
const registerCall = 3;

/** Words of a row of the table of objects. */
const lengthAt = 2;
const writableAt = 3;
