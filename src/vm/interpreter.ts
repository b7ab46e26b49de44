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
import {
  callDepthLimit,
  cells,
  frameCount,
  indexMask,
  objectIndexes,
  objectRowBytes,
  objectTableAt,
} from "./layout.ts";
import { type LinkedProgram, tailCall } from "./link.ts";
import type { Machine } from "./machine.ts";
import { loadPacket } from "./packet-load.ts";
import { prepareTailCall } from "./tail-call.ts";
import * as words from "./words.ts";

/** A function that called another one: where it goes on, and its registers r6 to r9. */
interface Caller {
  readonly slot: number;
  readonly saved: Int32Array;
}

/** Runs the function that begins at `start` with what lies in r1 to r5; r0 is its result. False when it faulted, and the cells say how. */
export function interpret(machine: Machine, program: LinkedProgram, start: number): boolean {
  const { opcodes, dst, src, offsets, immediates, uppers, slotCount, readsKernelMemory } = program;
  const { i32, u8, view, registers } = machine;
  const capacityMask = machine.objects.capacity - 1;
  const baseDepth = i32[cells.depth >> 2]!;
  const callers: Caller[] = [];
  // A callback's caller is in the middle of a helper.
  const outer = baseDepth > 0 ? registers.slice(12, 22) : undefined;
  let depth = baseDepth;
  let fuel = i32[cells.fuel >> 2]!;
  let slot = start;
  /** How far the instruction at hand jumps. */
  let jump = 0;
  const pointer = new Int32Array(2);

  let fault: FaultKind = "end";
  let faultBytes = 0;

  if (depth >= frameCount) return failed(machine, "depth", slot, pointer, 0);
  enter(machine, depth);
  running: for (;;) {
    if (slot >= slotCount) break;
    const d = dst[slot]! << 1;
    const opcode = opcodes[slot]!;
    const immediate = immediates[slot]!;
    switch (opcode) {
      // RFC 9669, section 4.1: arithmetic, 64 bits, with an immediate and with a register.
      case 0x07: // add
        words.add(registers, d, immediate, immediate >> 31);
        break;
      case 0x0f: {
        const s = src[slot]! << 1;
        words.add(registers, d, registers[s]!, registers[s + 1]!);
        break;
      }
      case 0x17: // sub
        words.subtract(registers, d, immediate, immediate >> 31);
        break;
      case 0x1f: {
        const s = src[slot]! << 1;
        words.subtract(registers, d, registers[s]!, registers[s + 1]!);
        break;
      }
      case 0x27: // mul
        words.multiply(registers, d, immediate, immediate >> 31);
        break;
      case 0x2f: {
        const s = src[slot]! << 1;
        words.multiply(registers, d, registers[s]!, registers[s + 1]!);
        break;
      }
      case 0x47: // or
        registers[d]! |= immediate;
        registers[d + 1]! |= immediate >> 31;
        break;
      case 0x4f: {
        const s = src[slot]! << 1;
        registers[d]! |= registers[s]!;
        registers[d + 1]! |= registers[s + 1]!;
        break;
      }
      case 0x57: // and
        registers[d]! &= immediate;
        registers[d + 1]! &= immediate >> 31;
        break;
      case 0x5f: {
        const s = src[slot]! << 1;
        registers[d]! &= registers[s]!;
        registers[d + 1]! &= registers[s + 1]!;
        break;
      }
      case 0xa7: // xor
        registers[d]! ^= immediate;
        registers[d + 1]! ^= immediate >> 31;
        break;
      case 0xaf: {
        const s = src[slot]! << 1;
        registers[d]! ^= registers[s]!;
        registers[d + 1]! ^= registers[s + 1]!;
        break;
      }
      case 0x67: // lsh
        words.shiftLeft(registers, d, immediate);
        break;
      case 0x6f:
        words.shiftLeft(registers, d, registers[src[slot]! << 1]!);
        break;
      case 0x77: // rsh
        words.shiftRight(registers, d, immediate);
        break;
      case 0x7f:
        words.shiftRight(registers, d, registers[src[slot]! << 1]!);
        break;
      case 0xc7: // arsh
        words.shiftRightSigned(registers, d, immediate);
        break;
      case 0xcf:
        words.shiftRightSigned(registers, d, registers[src[slot]! << 1]!);
        break;
      case 0x87: {
        // neg
        const low = registers[d]!;
        const high = registers[d + 1]!;
        registers[d] = -low;
        registers[d + 1] = -high - (low === 0 ? 0 : 1);
        break;
      }
      case 0xb7: // mov
        registers[d] = immediate;
        registers[d + 1] = immediate >> 31;
        break;
      case 0xbf: {
        // mov, movsx; an address space cast moves as it is
        const s = src[slot]! << 1;
        const width = offsets[slot]!;
        const low = registers[s]!;
        if (width <= 1) {
          registers[d] = low;
          registers[d + 1] = registers[s + 1]!;
        } else {
          const extended = width === 8 ? (low << 24) >> 24 : width === 16 ? (low << 16) >> 16 : low;
          registers[d] = extended;
          registers[d + 1] = extended >> 31;
        }
        break;
      }
      // 32 bits: the upper half of the result is zero.
      case 0x04: // add
        registers[d]! += immediate;
        registers[d + 1] = 0;
        break;
      case 0x0c:
        registers[d]! += registers[src[slot]! << 1]!;
        registers[d + 1] = 0;
        break;
      case 0x14: // sub
        registers[d]! -= immediate;
        registers[d + 1] = 0;
        break;
      case 0x1c:
        registers[d]! -= registers[src[slot]! << 1]!;
        registers[d + 1] = 0;
        break;
      case 0x24: // mul
        registers[d] = Math.imul(registers[d]!, immediate);
        registers[d + 1] = 0;
        break;
      case 0x2c:
        registers[d] = Math.imul(registers[d]!, registers[src[slot]! << 1]!);
        registers[d + 1] = 0;
        break;
      case 0x44: // or
        registers[d]! |= immediate;
        registers[d + 1] = 0;
        break;
      case 0x4c:
        registers[d]! |= registers[src[slot]! << 1]!;
        registers[d + 1] = 0;
        break;
      case 0x54: // and
        registers[d]! &= immediate;
        registers[d + 1] = 0;
        break;
      case 0x5c:
        registers[d]! &= registers[src[slot]! << 1]!;
        registers[d + 1] = 0;
        break;
      case 0xa4: // xor
        registers[d]! ^= immediate;
        registers[d + 1] = 0;
        break;
      case 0xac:
        registers[d]! ^= registers[src[slot]! << 1]!;
        registers[d + 1] = 0;
        break;
      case 0x64: // lsh
        registers[d]! <<= immediate;
        registers[d + 1] = 0;
        break;
      case 0x6c:
        registers[d]! <<= registers[src[slot]! << 1]!;
        registers[d + 1] = 0;
        break;
      case 0x74: // rsh
        registers[d]! >>>= immediate;
        registers[d + 1] = 0;
        break;
      case 0x7c:
        registers[d]! >>>= registers[src[slot]! << 1]!;
        registers[d + 1] = 0;
        break;
      case 0xc4: // arsh
        registers[d]! >>= immediate;
        registers[d + 1] = 0;
        break;
      case 0xcc:
        registers[d]! >>= registers[src[slot]! << 1]!;
        registers[d + 1] = 0;
        break;
      case 0x84: // neg
        registers[d] = -registers[d]!;
        registers[d + 1] = 0;
        break;
      case 0xb4: // mov
        registers[d] = immediate;
        registers[d + 1] = 0;
        break;
      case 0xbc: {
        // mov, movsx
        const low = registers[src[slot]! << 1]!;
        const width = offsets[slot]!;
        registers[d] = width === 8 ? (low << 24) >> 24 : width === 16 ? (low << 16) >> 16 : low;
        registers[d + 1] = 0;
        break;
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
        const s = src[slot]! << 1;
        const isRegister = (opcode & 0x08) !== 0;
        const low = isRegister ? registers[s]! : immediate;
        const high = isRegister ? registers[s + 1]! : immediate >> 31;
        divide(registers, d, low, high, opcode, offsets[slot]!);
        break;
      }
      // Section 4.2: byte swaps. To little endian is a cut, as the machine is little endian.
      case 0xd4:
      case 0xdc:
      case 0xd7:
        swap(registers, d, opcode === 0xd4, immediate);
        break;
      // Section 4.3: jumps. Those back take from the limit as many instructions as they go back.
      case 0x05: // ja
        jump = offsets[slot]!;
        break;
      case 0x06: // ja, far
        jump = immediate;
        break;
      case 0xe5: // may_goto: the limit ends loops here
        break;
      case 0x15: // jeq
      case 0x1d: {
        const s = src[slot]! << 1;
        const low = (opcode & 0x08) !== 0 ? registers[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? registers[s + 1]! : immediate >> 31;
        if (registers[d] === low && registers[d + 1] === high) jump = offsets[slot]!;
        break;
      }
      case 0x55: // jne
      case 0x5d: {
        const s = src[slot]! << 1;
        const low = (opcode & 0x08) !== 0 ? registers[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? registers[s + 1]! : immediate >> 31;
        if (registers[d] !== low || registers[d + 1] !== high) jump = offsets[slot]!;
        break;
      }
      case 0x25: // jgt
      case 0x2d: {
        const s = src[slot]! << 1;
        const low = (opcode & 0x08) !== 0 ? registers[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? registers[s + 1]! : immediate >> 31;
        if (words.compareUnsigned(registers[d]!, registers[d + 1]!, low, high) > 0) jump = offsets[slot]!;
        break;
      }
      case 0x35: // jge
      case 0x3d: {
        const s = src[slot]! << 1;
        const low = (opcode & 0x08) !== 0 ? registers[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? registers[s + 1]! : immediate >> 31;
        if (words.compareUnsigned(registers[d]!, registers[d + 1]!, low, high) >= 0) jump = offsets[slot]!;
        break;
      }
      case 0xa5: // jlt
      case 0xad: {
        const s = src[slot]! << 1;
        const low = (opcode & 0x08) !== 0 ? registers[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? registers[s + 1]! : immediate >> 31;
        if (words.compareUnsigned(registers[d]!, registers[d + 1]!, low, high) < 0) jump = offsets[slot]!;
        break;
      }
      case 0xb5: // jle
      case 0xbd: {
        const s = src[slot]! << 1;
        const low = (opcode & 0x08) !== 0 ? registers[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? registers[s + 1]! : immediate >> 31;
        if (words.compareUnsigned(registers[d]!, registers[d + 1]!, low, high) <= 0) jump = offsets[slot]!;
        break;
      }
      case 0x45: // jset
      case 0x4d: {
        const s = src[slot]! << 1;
        const low = (opcode & 0x08) !== 0 ? registers[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? registers[s + 1]! : immediate >> 31;
        if ((registers[d]! & low) !== 0 || (registers[d + 1]! & high) !== 0) jump = offsets[slot]!;
        break;
      }
      case 0x65: // jsgt
      case 0x6d: {
        const s = src[slot]! << 1;
        const low = (opcode & 0x08) !== 0 ? registers[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? registers[s + 1]! : immediate >> 31;
        if (words.compareSigned(registers[d]!, registers[d + 1]!, low, high) > 0) jump = offsets[slot]!;
        break;
      }
      case 0x75: // jsge
      case 0x7d: {
        const s = src[slot]! << 1;
        const low = (opcode & 0x08) !== 0 ? registers[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? registers[s + 1]! : immediate >> 31;
        if (words.compareSigned(registers[d]!, registers[d + 1]!, low, high) >= 0) jump = offsets[slot]!;
        break;
      }
      case 0xc5: // jslt
      case 0xcd: {
        const s = src[slot]! << 1;
        const low = (opcode & 0x08) !== 0 ? registers[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? registers[s + 1]! : immediate >> 31;
        if (words.compareSigned(registers[d]!, registers[d + 1]!, low, high) < 0) jump = offsets[slot]!;
        break;
      }
      case 0xd5: // jsle
      case 0xdd: {
        const s = src[slot]! << 1;
        const low = (opcode & 0x08) !== 0 ? registers[s]! : immediate;
        const high = (opcode & 0x08) !== 0 ? registers[s + 1]! : immediate >> 31;
        if (words.compareSigned(registers[d]!, registers[d + 1]!, low, high) <= 0) jump = offsets[slot]!;
        break;
      }
      // The same, on the low 32 bits.
      case 0x16: // jeq
      case 0x1e: {
        const low = (opcode & 0x08) !== 0 ? registers[src[slot]! << 1]! : immediate;
        if (registers[d] === low) jump = offsets[slot]!;
        break;
      }
      case 0x56: // jne
      case 0x5e: {
        const low = (opcode & 0x08) !== 0 ? registers[src[slot]! << 1]! : immediate;
        if (registers[d] !== low) jump = offsets[slot]!;
        break;
      }
      case 0x26: // jgt
      case 0x2e: {
        const low = (opcode & 0x08) !== 0 ? registers[src[slot]! << 1]! : immediate;
        if (registers[d]! >>> 0 > low >>> 0) jump = offsets[slot]!;
        break;
      }
      case 0x36: // jge
      case 0x3e: {
        const low = (opcode & 0x08) !== 0 ? registers[src[slot]! << 1]! : immediate;
        if (registers[d]! >>> 0 >= low >>> 0) jump = offsets[slot]!;
        break;
      }
      case 0xa6: // jlt
      case 0xae: {
        const low = (opcode & 0x08) !== 0 ? registers[src[slot]! << 1]! : immediate;
        if (registers[d]! >>> 0 < low >>> 0) jump = offsets[slot]!;
        break;
      }
      case 0xb6: // jle
      case 0xbe: {
        const low = (opcode & 0x08) !== 0 ? registers[src[slot]! << 1]! : immediate;
        if (registers[d]! >>> 0 <= low >>> 0) jump = offsets[slot]!;
        break;
      }
      case 0x46: // jset
      case 0x4e: {
        const low = (opcode & 0x08) !== 0 ? registers[src[slot]! << 1]! : immediate;
        if ((registers[d]! & low) !== 0) jump = offsets[slot]!;
        break;
      }
      case 0x66: // jsgt
      case 0x6e: {
        const low = (opcode & 0x08) !== 0 ? registers[src[slot]! << 1]! : immediate;
        if (registers[d]! > low) jump = offsets[slot]!;
        break;
      }
      case 0x76: // jsge
      case 0x7e: {
        const low = (opcode & 0x08) !== 0 ? registers[src[slot]! << 1]! : immediate;
        if (registers[d]! >= low) jump = offsets[slot]!;
        break;
      }
      case 0xc6: // jslt
      case 0xce: {
        const low = (opcode & 0x08) !== 0 ? registers[src[slot]! << 1]! : immediate;
        if (registers[d]! < low) jump = offsets[slot]!;
        break;
      }
      case 0xd6: // jsle
      case 0xde: {
        const low = (opcode & 0x08) !== 0 ? registers[src[slot]! << 1]! : immediate;
        if (registers[d]! <= low) jump = offsets[slot]!;
        break;
      }
      // Calls.
      case 0x85: // of a helper, a function of the program, a kernel function
      case 0x8d: {
        let target = slot + 1 + immediate;
        let kind = opcode === 0x8d ? registerCall : src[slot]!;
        let helper = immediate;
        if (kind === registerCall) {
          // By register: a function's address, or the number of a helper.
          const high = registers[d + 1]!;
          kind = (high & indexMask) === objectIndexes.functions && high !== 0 ? localCall : helperCall;
          helper = registers[d]!;
          target = registers[d]!;
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
          callers.push({ slot, saved: registers.slice(12, 22) });
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
        break;
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
        registers.fill(0, 2, 12);
        slot = caller.slot;
        break;
      }
      // Section 5: 64-bit immediates; maps, functions and places in them have been filled in.
      case 0x18:
        if (program.missing.has(slot)) {
          fault = "missing";
          break running;
        }
        registers[d] = immediate;
        registers[d + 1] = uppers[slot]!;
        slot++;
        break;
      // Loads, filled with zeros and with the sign.
      case 0x71:
      case 0x69:
      case 0x61:
      case 0x79:
      case 0x91:
      case 0x89:
      case 0x81: {
        const s = src[slot]! << 1;
        words.sumOf(pointer, registers[s]!, registers[s + 1]!, offsets[slot]!);
        const sizeBytes = accessSizeOf(opcode);
        const at = locate(i32, capacityMask, pointer, sizeBytes, lengthAt);
        if (at < 0) {
          if (!readsKernelMemory) {
            fault = "load";
            faultBytes = sizeBytes;
            break running;
          }
          registers[d] = 0;
          registers[d + 1] = 0;
          break;
        }
        switch (opcode) {
          case 0x71:
            registers[d] = u8[at]!;
            registers[d + 1] = 0;
            break;
          case 0x69:
            registers[d] = view.getUint16(at, true);
            registers[d + 1] = 0;
            break;
          case 0x61:
            registers[d] = view.getInt32(at, true);
            registers[d + 1] = 0;
            break;
          case 0x79:
            registers[d] = view.getInt32(at, true);
            registers[d + 1] = view.getInt32(at + 4, true);
            break;
          case 0x91:
            registers[d] = view.getInt8(at);
            registers[d + 1] = registers[d]! >> 31;
            break;
          case 0x89:
            registers[d] = view.getInt16(at, true);
            registers[d + 1] = registers[d]! >> 31;
            break;
          case 0x81:
            registers[d] = view.getInt32(at, true);
            registers[d + 1] = registers[d]! >> 31;
            break;
        }
        break;
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
        words.sumOf(pointer, registers[d]!, registers[d + 1]!, offsets[slot]!);
        const sizeBytes = accessSizeOf(opcode);
        const at = locate(i32, capacityMask, pointer, sizeBytes, writableAt);
        if (at < 0) {
          fault = storeFault(machine, pointer, sizeBytes);
          faultBytes = sizeBytes;
          break running;
        }
        const s = src[slot]! << 1;
        const isRegister = (opcode & 0x01) !== 0;
        const low = isRegister ? registers[s]! : immediate;
        switch (sizeBytes) {
          case 1:
            u8[at] = low;
            break;
          case 2:
            view.setInt16(at, low, true);
            break;
          case 4:
            view.setInt32(at, low, true);
            break;
          case 8:
            view.setInt32(at, low, true);
            view.setInt32(at + 4, isRegister ? registers[s + 1]! : immediate >> 31, true);
            break;
        }
        break;
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
        break;
      }
      // Section 5.5: the deprecated access to packets; past its end the program ends with 0.
      case 0x30:
      case 0x28:
      case 0x20:
      case 0x50:
      case 0x48:
      case 0x40: {
        const from = (opcode & 0xe0) === 0x40 ? registers[src[slot]! << 1]! : 0;
        if (!loadPacket(machine, (from + immediate) | 0, accessSizeOf(opcode))) {
          registers.fill(0, 0, 2);
          closeFrame(machine, depth);
          i32[cells.fuel >> 2] = fuel;
          return true;
        }
        registers.fill(0, 2, 12);
        break;
      }
      default:
        fault = "missing";
        break running;
    }
    if (jump !== 0) {
      if (jump < 0) {
        fuel += jump;
        if (fuel < 0) {
          fault = "limit";
          break;
        }
      }
      slot += jump;
      jump = 0;
    }
    slot++;
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

/** The linear address of `sizeBytes` at a pointer, or -1: `Machine.locate`, without its calls. */
function locate(
  i32: Int32Array,
  capacityMask: number,
  pointer: Int32Array,
  sizeBytes: number,
  lengthAt: number,
): number {
  const low = pointer[0]!;
  const high = pointer[1]!;
  const at = (objectTableAt + (high & capacityMask) * objectRowBytes) >> 2;
  if (i32[at + 1] !== high) return -1;
  return ((low - i32[at]!) >>> 0) + sizeBytes > i32[at + lengthAt]! ? -1 : low >>> 0;
}

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
function divide(registers: Int32Array, d: number, low: number, high: number, opcode: number, offset: number): void {
  const operation = aluOperationOf({ opcode, offset, dst: 0, src: 0, imm: 0, immHigh: 0 })!;
  const is64 = (opcode & 0x07) === 0x07;
  const own = words.joined(registers[d]!, registers[d + 1]!);
  const other = words.joined(low, high);
  const result = is64 ? operation.apply(own, other) : operation.apply32(own, other);
  registers[d] = Number(BigInt.asIntN(32, result));
  registers[d + 1] = Number(BigInt.asIntN(32, result >> 32n));
}

/** Swaps the bytes of the low 16, 32 or 64 bits; to little endian it only cuts. */
function swap(registers: Int32Array, d: number, cutsOnly: boolean, bits: number): void {
  const low = registers[d]!;
  const high = registers[d + 1]!;
  if (bits === 64) {
    if (cutsOnly) return;
    registers[d] = words.swapBytes(high);
    registers[d + 1] = words.swapBytes(low);
    return;
  }
  const swapped = cutsOnly ? low : words.swapBytes(low);
  registers[d] = bits === 32 ? swapped : cutsOnly ? low & 0xffff : swapped >>> 16;
  registers[d + 1] = 0;
}
