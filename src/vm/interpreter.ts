/**
 * The interpreter: every instruction of RFC 9669 and what Linux has beside, one case each, in the order of the specification. Every
 * access is checked against the object that its pointer came from. It is what the other ways of running a program are
 * compared with.
 */

import { aluOperationOf } from "../isa/alu.ts";
import { accessSizeOf } from "../isa/memory.ts";
import { runAtomic } from "./atomics.ts";
import { type FaultKind, faults } from "./faults.ts";
import { closeFrame, frameEnd, openFrame } from "./frames.ts";
import { helpers } from "./helpers/table.ts";
import { callDepthLimit, cells, frameCount, indexMask, objectIndexes, objectTableAt, registersAt } from "./layout.ts";
import { type LinkedProgram, tailCall } from "./link.ts";
import type { Machine } from "./machine.ts";
import { loadPacket } from "./packet-load.ts";
import { prepareTailCall } from "./tail-call.ts";
import * as words from "./words.ts";

/** A function that called another one: where it goes on, its registers r6 to r9, and when its loops must end. */
interface Caller {
  readonly slot: number;
  readonly saved: Int32Array;
  readonly enough: number;
}

/** Runs the function that begins at `start` with what lies in r1 to r5; r0 is its result. False when it faulted, and the cells say how. */
export function interpret(machine: Machine, program: LinkedProgram, start: number): boolean {
  const { code, slotCount, readsKernelMemory } = program;
  const { i32, u8, view, registers } = machine;
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
    let distance = code[at + 2]!;
    switch (opcode) {
      // RFC 9669, section 4.1: arithmetic, 64 bits, with an immediate and with a register.
      case 0x07: // add
      case 0x0f: {
        const before = i32[d]!;
        const sum = (before + ((opcode & 0x08) !== 0 ? i32[s]! : immediate)) | 0;
        const high = (opcode & 0x08) !== 0 ? i32[s + 1]! : immediate >> 31;
        i32[d + 1] = i32[d + 1]! + high + (sum >>> 0 < before >>> 0 ? 1 : 0);
        i32[d] = sum;
        slot++;
        continue;
      }
      case 0x17: // sub
      case 0x1f: {
        const before = i32[d]!;
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? i32[s + 1]! : immediate >> 31;
        i32[d + 1] = i32[d + 1]! - high - (before >>> 0 < low >>> 0 ? 1 : 0);
        i32[d] = before - low;
        slot++;
        continue;
      }
      case 0x27: // mul
        words.multiply(i32, d, immediate, immediate >> 31);
        slot++;
        continue;
      case 0x2f: {
        words.multiply(i32, d, i32[s]!, i32[s + 1]!);
        slot++;
        continue;
      }
      case 0x47: // or
        i32[d]! |= immediate;
        i32[d + 1]! |= immediate >> 31;
        slot++;
        continue;
      case 0x4f: {
        i32[d]! |= i32[s]!;
        i32[d + 1]! |= i32[s + 1]!;
        slot++;
        continue;
      }
      case 0x57: // and
        i32[d]! &= immediate;
        i32[d + 1]! &= immediate >> 31;
        slot++;
        continue;
      case 0x5f: {
        i32[d]! &= i32[s]!;
        i32[d + 1]! &= i32[s + 1]!;
        slot++;
        continue;
      }
      case 0xa7: // xor
        i32[d]! ^= immediate;
        i32[d + 1]! ^= immediate >> 31;
        slot++;
        continue;
      case 0xaf: {
        i32[d]! ^= i32[s]!;
        i32[d + 1]! ^= i32[s + 1]!;
        slot++;
        continue;
      }
      case 0x67: // lsh
        words.shiftLeft(i32, d, immediate);
        slot++;
        continue;
      case 0x6f:
        words.shiftLeft(i32, d, i32[s]!);
        slot++;
        continue;
      case 0x77: // rsh
        words.shiftRight(i32, d, immediate);
        slot++;
        continue;
      case 0x7f:
        words.shiftRight(i32, d, i32[s]!);
        slot++;
        continue;
      case 0xc7: // arsh
        words.shiftRightSigned(i32, d, immediate);
        slot++;
        continue;
      case 0xcf:
        words.shiftRightSigned(i32, d, i32[s]!);
        slot++;
        continue;
      case 0x87: {
        // neg
        const low = i32[d]!;
        const high = i32[d + 1]!;
        i32[d] = -low;
        i32[d + 1] = -high - (low === 0 ? 0 : 1);
        slot++;
        continue;
      }
      case 0xb7: // mov
        i32[d] = immediate;
        i32[d + 1] = immediate >> 31;
        slot++;
        continue;
      case 0xbf: {
        // mov, movsx; an address space cast moves as it is
        const width = code[at + 2]!;
        const low = i32[s]!;
        if (width <= 1) {
          i32[d] = low;
          i32[d + 1] = i32[s + 1]!;
        } else {
          const extended = width === 8 ? (low << 24) >> 24 : width === 16 ? (low << 16) >> 16 : low;
          i32[d] = extended;
          i32[d + 1] = extended >> 31;
        }
        slot++;
        continue;
      }
      // 32 bits: the upper half of the result is zero.
      case 0x04: // add
        i32[d]! += immediate;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x0c:
        i32[d]! += i32[s]!;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x14: // sub
        i32[d]! -= immediate;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x1c:
        i32[d]! -= i32[s]!;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x24: // mul
        i32[d] = Math.imul(i32[d]!, immediate);
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x2c:
        i32[d] = Math.imul(i32[d]!, i32[s]!);
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x44: // or
        i32[d]! |= immediate;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x4c:
        i32[d]! |= i32[s]!;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x54: // and
        i32[d]! &= immediate;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x5c:
        i32[d]! &= i32[s]!;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0xa4: // xor
        i32[d]! ^= immediate;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0xac:
        i32[d]! ^= i32[s]!;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x64: // lsh
        i32[d]! <<= immediate;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x6c:
        i32[d]! <<= i32[s]!;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x74: // rsh
        i32[d]! >>>= immediate;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x7c:
        i32[d]! >>>= i32[s]!;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0xc4: // arsh
        i32[d]! >>= immediate;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0xcc:
        i32[d]! >>= i32[s]!;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0x84: // neg
        i32[d] = -i32[d]!;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0xb4: // mov
        i32[d] = immediate;
        i32[d + 1] = 0;
        slot++;
        continue;
      case 0xbc: {
        // mov, movsx
        const low = i32[s]!;
        const width = code[at + 2]!;
        i32[d] = width === 8 ? (low << 24) >> 24 : width === 16 ? (low << 16) >> 16 : low;
        i32[d + 1] = 0;
        slot++;
        continue;
      }
      // Division and modulo, signed and not, in both widths: by the table of the instruction set.
      case 0x37:
      case 0x3f:
      case 0x97:
      case 0x9f:
      case 0x34:
      case 0x3c:
      case 0x94:
      case 0x9c: {
        const isRegister = (opcode & 0x08) !== 0;
        const low = isRegister ? i32[s]! : immediate;
        const high = isRegister ? i32[s + 1]! : immediate >> 31;
        divide(i32, d, low, high, opcode, code[at + 2]!);
        slot++;
        continue;
      }
      // Section 4.2: byte swaps. To little endian is a cut, as the machine is little endian.
      case 0xd4:
      case 0xdc:
      case 0xd7:
        swap(i32, d, opcode === 0xd4, immediate);
        slot++;
        continue;
      // Section 4.3: jumps. Those back take from the limit as many instructions as they go back.
      case 0x05: // ja
        break;
      case 0x06: // ja, far
        distance = immediate;
        break;
      case 0xe5: // may_goto: when half of what there was at the function's beginning is used up
        if (fuel <= enough) break;
        slot++;
        continue;
      case 0x15: // jeq
      case 0x1d: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? i32[s + 1]! : immediate >> 31;
        if (i32[d] === low && i32[d + 1] === high) break;
        slot++;
        continue;
      }
      case 0x55: // jne
      case 0x5d: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? i32[s + 1]! : immediate >> 31;
        if (i32[d] !== low || i32[d + 1] !== high) break;
        slot++;
        continue;
      }
      case 0x25: // jgt
      case 0x2d:
      case 0x35: // jge
      case 0x3d:
      case 0xa5: // jlt
      case 0xad:
      case 0xb5: // jle
      case 0xbd: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? i32[s + 1]! : immediate >> 31;
        const own = i32[d + 1]!;
        const isEqual = own === high && i32[d] === low;
        const isBelow = own === high ? i32[d]! >>> 0 < low >>> 0 : own >>> 0 < high >>> 0;
        if (holds(opcode, isBelow, isEqual)) break;
        slot++;
        continue;
      }
      case 0x45: // jset
      case 0x4d: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? i32[s + 1]! : immediate >> 31;
        if ((i32[d]! & low) !== 0 || (i32[d + 1]! & high) !== 0) break;
        slot++;
        continue;
      }
      case 0x65: // jsgt
      case 0x6d:
      case 0x75: // jsge
      case 0x7d:
      case 0xc5: // jslt
      case 0xcd:
      case 0xd5: // jsle
      case 0xdd: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? i32[s + 1]! : immediate >> 31;
        const own = i32[d + 1]!;
        const isEqual = own === high && i32[d] === low;
        const isBelow = own === high ? i32[d]! >>> 0 < low >>> 0 : own < high;
        if (holds(opcode, isBelow, isEqual)) break;
        slot++;
        continue;
      }
      // The same, on the low 32 bits.
      case 0x16: // jeq
      case 0x1e: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        if (i32[d] === low) break;
        slot++;
        continue;
      }
      case 0x56: // jne
      case 0x5e: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        if (i32[d] !== low) break;
        slot++;
        continue;
      }
      case 0x26: // jgt
      case 0x2e: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        if (i32[d]! >>> 0 > low >>> 0) break;
        slot++;
        continue;
      }
      case 0x36: // jge
      case 0x3e: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        if (i32[d]! >>> 0 >= low >>> 0) break;
        slot++;
        continue;
      }
      case 0xa6: // jlt
      case 0xae: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        if (i32[d]! >>> 0 < low >>> 0) break;
        slot++;
        continue;
      }
      case 0xb6: // jle
      case 0xbe: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        if (i32[d]! >>> 0 <= low >>> 0) break;
        slot++;
        continue;
      }
      case 0x46: // jset
      case 0x4e: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        if ((i32[d]! & low) !== 0) break;
        slot++;
        continue;
      }
      case 0x66: // jsgt
      case 0x6e: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        if (i32[d]! > low) break;
        slot++;
        continue;
      }
      case 0x76: // jsge
      case 0x7e: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        if (i32[d]! >= low) break;
        slot++;
        continue;
      }
      case 0xc6: // jslt
      case 0xce: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        if (i32[d]! < low) break;
        slot++;
        continue;
      }
      case 0xd6: // jsle
      case 0xde: {
        const low = (opcode & 0x08) !== 0 ? i32[s]! : immediate;
        if (i32[d]! <= low) break;
        slot++;
        continue;
      }
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
      // Section 5: 64-bit immediates; maps, functions and places in them have been filled in.
      case 0x18:
        if (program.missing.has(slot)) {
          fault = "missing";
          break running;
        }
        i32[d] = immediate;
        i32[d + 1] = code[at + 3]!;
        slot++;
        slot++;
        continue;
      // Loads, filled with zeros and with the sign.
      case 0x71:
      case 0x69:
      case 0x61:
      case 0x79:
      case 0x91:
      case 0x89:
      case 0x81: {
        const before = i32[s]!;
        const low = (before + code[at + 2]!) | 0;
        const high = (i32[s + 1]! + (code[at + 2]! >> 31) + (low >>> 0 < before >>> 0 ? 1 : 0)) | 0;
        const sizeBytes = (sizesByBits >> ((opcode & 0x18) >> 1)) & 15;
        const row = rowsAt + ((high & capacityMask) << 2);
        const room = (i32[row + lengthAt]! - sizeBytes) | 0;
        if (i32[row + 1] !== high || room < 0 || (low - i32[row]!) >>> 0 > room >>> 0) {
          if (!readsKernelMemory) {
            fault = "load";
            faultBytes = sizeBytes;
            pointer[0] = low;
            pointer[1] = high;
            break running;
          }
          i32[d] = 0;
          i32[d + 1] = 0;
          slot++;
          continue;
        }
        const byte = low >>> 0;
        switch (opcode) {
          case 0x71:
            i32[d] = u8[byte]!;
            i32[d + 1] = 0;
            break;
          case 0x69:
            i32[d] = view.getUint16(byte, true);
            i32[d + 1] = 0;
            break;
          case 0x61:
            i32[d] = view.getInt32(byte, true);
            i32[d + 1] = 0;
            break;
          case 0x79:
            i32[d] = view.getInt32(byte, true);
            i32[d + 1] = view.getInt32(byte + 4, true);
            break;
          case 0x91:
            i32[d] = view.getInt8(byte);
            i32[d + 1] = i32[d]! >> 31;
            break;
          case 0x89:
            i32[d] = view.getInt16(byte, true);
            i32[d + 1] = i32[d]! >> 31;
            break;
          case 0x81:
            i32[d] = view.getInt32(byte, true);
            i32[d + 1] = i32[d]! >> 31;
            break;
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
        const before = i32[d]!;
        const low = (before + code[at + 2]!) | 0;
        const high = (i32[d + 1]! + (code[at + 2]! >> 31) + (low >>> 0 < before >>> 0 ? 1 : 0)) | 0;
        const sizeBytes = (sizesByBits >> ((opcode & 0x18) >> 1)) & 15;
        const row = rowsAt + ((high & capacityMask) << 2);
        const room = (i32[row + writableAt]! - sizeBytes) | 0;
        if (i32[row + 1] !== high || room < 0 || (low - i32[row]!) >>> 0 > room >>> 0) {
          pointer[0] = low;
          pointer[1] = high;
          fault = storeFault(machine, pointer, sizeBytes);
          faultBytes = sizeBytes;
          break running;
        }
        const byte = low >>> 0;
        const value = (opcode & 0x01) !== 0 ? i32[s]! : immediate;
        switch (sizeBytes) {
          case 1:
            u8[byte] = value;
            break;
          case 2:
            view.setInt16(byte, value, true);
            break;
          case 4:
            view.setInt32(byte, value, true);
            break;
          case 8:
            view.setInt32(byte, value, true);
            view.setInt32(byte + 4, (opcode & 0x01) !== 0 ? i32[s + 1]! : immediate >> 31, true);
            break;
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
      // Section 5.5: the deprecated access to packets; past its end the program ends with 0.
      case 0x30:
      case 0x28:
      case 0x20:
      case 0x50:
      case 0x48:
      case 0x40: {
        const from = (opcode & 0xe0) === 0x40 ? i32[s]! : 0;
        if (!loadPacket(machine, (from + immediate) | 0, accessSizeOf(opcode))) {
          registers.fill(0, 0, 2);
          closeFrame(machine, depth);
          i32[cells.fuel >> 2] = fuel;
          return true;
        }
        registers.fill(0, 2, 12);
        slot++;
        continue;
      }
      default:
        fault = "missing";
        break running;
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

/** Of the conditions that compare sizes, whether the one of `opcode` holds. */
function holds(opcode: number, isBelow: boolean, isEqual: boolean): boolean {
  switch (opcode & 0xf0) {
    case 0x20: // greater
    case 0x60:
      return !isBelow && !isEqual;
    case 0x30: // not below
    case 0x70:
      return !isBelow;
    case 0xa0: // below
    case 0xc0:
      return isBelow;
    default:
      return isBelow || isEqual;
  }
}

/** Sizes of loads and stores, four bits each, by bits 3 and 4 of the opcode: 4, 2, 1, 8. */
const sizesByBits = 0x8124;

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

/** Whether a store failed because its object may only be read. */
export function storeFault(machine: Machine, [low, high]: Int32Array, sizeBytes: number): FaultKind {
  return machine.locate(low!, high!, sizeBytes) < 0 ? "store" : "readOnly";
}

/** Division is rare: by the table of operations, on big integers. */
function divide(i32: Int32Array, d: number, low: number, high: number, opcode: number, offset: number): void {
  const operation = aluOperationOf({ opcode, offset, dst: 0, src: 0, imm: 0, immHigh: 0 })!;
  const is64 = (opcode & 0x07) === 0x07;
  const own = words.joined(i32[d]!, i32[d + 1]!);
  const other = words.joined(low, high);
  // Not one variable for both: the optimizer of V8 in Node 20 ends the process over it (`RepresentationChangerError`).
  if (is64) putBig(i32, d, operation.apply(own, other));
  else putBig(i32, d, operation.apply32(own, other));
}

function putBig(i32: Int32Array, d: number, value: bigint): void {
  i32[d] = Number(BigInt.asIntN(32, value));
  i32[d + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

/** Swaps the bytes of the low 16, 32 or 64 bits; to little endian it only cuts. */
function swap(i32: Int32Array, d: number, cutsOnly: boolean, bits: number): void {
  const low = i32[d]!;
  const high = i32[d + 1]!;
  if (bits === 64) {
    if (cutsOnly) return;
    i32[d] = words.swapBytes(high);
    i32[d + 1] = words.swapBytes(low);
    return;
  }
  const swapped = cutsOnly ? low : words.swapBytes(low);
  i32[d] = bits === 32 ? swapped : cutsOnly ? low & 0xffff : swapped >>> 16;
  i32[d + 1] = 0;
}
