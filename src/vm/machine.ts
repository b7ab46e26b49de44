/**
 * The machine that programs of one sandbox share: memory, objects, registers, time. Interpreter, compiled programs and
 * helpers all work on it; what a helper may do to a program's memory goes through `locate`.
 */

import type { Btf } from "../btf/index.ts";
import { InputError } from "../errors/error.ts";
import type { HookKind, MapSpec } from "../spec/index.ts";
import { faults } from "./faults.ts";
import { frameStart } from "./frames.ts";
import {
  cells,
  frameCount,
  indexMask,
  objectIndexes,
  objectRowBytes,
  objectTableAt,
  registersAt,
  row,
} from "./layout.ts";
import type { SandboxMap } from "./maps/map.ts";
import { type ObjectTable, objectTable } from "./objects.ts";
import { type Memory, pageBytes, webAssembly } from "./webassembly.ts";

/** The world outside, as programs of a sandbox see it. Each may be another one for each test. */
export interface Surroundings {
  /** Nanoseconds of the monotonic clock (`bpf_ktime_get_ns`); 64 bits. */
  now(): bigint;
  /** The next random number of 32 bits. */
  random(): number;
  /** Reads memory of the program that is observed; false when it is not there. */
  readUser(address: bigint, into: Uint8Array): boolean;
  /** Reads kernel memory that no described object is; false when it is not there. */
  readKernel(address: bigint, into: Uint8Array): boolean;
  /** The running task, as programs ask for it. */
  readonly task: Task;
  /** Lines of `bpf_trace_printk`. */
  print(line: string): void;
  /** The processor that programs run on; below `processors`. */
  processor: number;
  /** Return addresses of the stack that programs ask for, innermost first. */
  stack?(kind: "kernel" | "user"): readonly bigint[];
  /** What was said when the program was attached (`bpf_get_attach_cookie`). */
  readonly attachCookie?: bigint;
  /** The address of the function that a program is attached to. */
  readonly functionAddress?: bigint;
  /** Cgroups of the packet's socket, from the root down to its own; the root, of id 1, when absent. */
  readonly packetCgroups?: readonly bigint[];
  /** The pointer to the socket of this protocol and tuple (`struct bpf_sock_tuple`, as it lies in memory). */
  findSocket?(protocol: "tcp" | "udp", tuple: Uint8Array): bigint | undefined;
  /** The same socket as a `tcp_sock`, `udp6_sock`, …; the pointer itself when absent. */
  castSocket?(address: bigint, type: string): bigint | undefined;
}

/** Who runs, as `bpf_get_current_*` say. */
export interface Task {
  readonly pid: number;
  readonly tid: number;
  readonly uid: number;
  readonly gid: number;
  /** At most 15 bytes. */
  readonly name: string;
  readonly cgroupId: bigint;
  /** Its cgroups from the root down to its own; `cgroupId` alone when absent. */
  readonly cgroups?: readonly bigint[];
  /** Where `task_struct` and the user's registers are described (`Surroundings.readKernel`). */
  readonly address?: bigint;
  readonly registersAddress?: bigint;
}

export interface Machine {
  readonly memory: Memory;
  readonly objects: ObjectTable;
  readonly surroundings: Surroundings;
  readonly processors: number;
  /** Views of the whole memory. They are other ones after `grow`. */
  u8: Uint8Array;
  i32: Int32Array;
  view: DataView;
  /** r0 to r10 as pairs of 32 bits, lower half first: r1's are at 2 and 3. */
  registers: Int32Array;
  /** Types of the collection. */
  readonly btf: Btf;
  /** Maps by the index of their object: the value of a map pointer leads here. */
  readonly mapsByIndex: Map<number, SandboxMap>;
  /** Takes memory from the end, zero, at a multiple of `alignment`; the views are new ones then. */
  allocate(sizeBytes: number, alignment?: number): number;
  /** Makes a map; also for maps of maps, while programs exist. */
  createMap(spec: MapSpec): SandboxMap;
  /**
   * The linear address of `sizeBytes` behind a pointer, or -1 when they do not lie inside the object that it points to; with
   * `write`, inside what may be written.
   */
  locate(low: number, high: number, sizeBytes: number, write?: boolean): number;
  /** The same for the pointer in a register. */
  locateRegister(register: number, sizeBytes: number, write?: boolean): number;
  /** Ends the run with a fault of the kind `argument`. The first complaint counts. Always returns 0. */
  complain(text: string): number;
  /** What the last complaint was. */
  complaint: string;
  /** Puts a number into r0: sign-extended from 32 bits, or as two halves. */
  result(value: number): void;
  result64(low: number, high: number): void;
  resultBig(value: bigint): void;
  /**
   * Calls a function of the running program from a helper (`bpf_loop`, `bpf_for_each_map_elem`): `low` and `high` are the
   * callback's pointer; its arguments lie in `registers` from r1 on already. It takes one instruction from the limit. The result
   * is in r0. False when it faulted: the helper must return at once then.
   */
  callback(low: number, high: number, argumentCount: number): boolean;
  /** The program that runs, for `callback`, tail calls and what the hook is. */
  running: RunningProgram | undefined;
}

/** What the machine must know of a program that runs. */
export interface RunningProgram {
  readonly name: string;
  /** Its place among the programs of the sandbox. */
  readonly index: number;
  /** Where it runs; verdicts of redirecting depend on it. */
  readonly hook?: HookKind;
  /** Calls the function at `slot` with what lies in r1 to r5; false when it faulted. */
  call(slot: number): boolean;
}

/** What a machine is made with. */
export interface MachineOptions {
  readonly surroundings: Surroundings;
  readonly btf: Btf;
  readonly processors: number;
  /** Objects that can be at once; a power of two. */
  readonly objectCapacity: number;
  readonly createMap: (spec: MapSpec, machine: Machine) => SandboxMap;
}

/** Pages that 32 bits can address. */
const mostPages = 65536;

/** A machine with nothing in it but the objects that are always there. */
export function createMachine(options: MachineOptions): Machine {
  const tableEnd = objectTableAt + options.objectCapacity * objectRowBytes;
  const memory = new webAssembly.Memory({ initial: Math.ceil(tableEnd / pageBytes), maximum: mostPages });
  let free = tableEnd;
  const machine: Machine = {
    memory,
    objects: objectTable(
      options.objectCapacity,
      () => machine.i32,
      () => machine.running !== undefined,
    ),
    surroundings: options.surroundings,
    processors: options.processors,
    btf: options.btf,
    mapsByIndex: new Map(),
    complaint: "",
    running: undefined,
    ...viewsOf(memory),
    allocate(sizeBytes, alignment = 8) {
      const address = Math.ceil(free / alignment) * alignment;
      const missing = address + sizeBytes - memory.buffer.byteLength;
      if (missing > 0) {
        // More than is asked for: each growth makes all views anew.
        const pages = memory.buffer.byteLength / pageBytes;
        const least = Math.ceil(missing / pageBytes);
        if (!grows(memory, Math.min(Math.max(least, pages >> 1), mostPages - pages), least)) {
          throw new InputError(
            "SANDBOX_TOO_LARGE",
            `the sandbox has no memory for ${sizeBytes} bytes more: lower the maxEntries of the maps`,
          );
        }
        Object.assign(machine, viewsOf(memory));
      }
      free = address + sizeBytes;
      return address;
    },
    createMap: (spec) => options.createMap(spec, machine),
    locate(low, high, sizeBytes, write = false) {
      const table = machine.i32;
      const at = (objectTableAt + (high & (options.objectCapacity - 1)) * objectRowBytes) >> 2;
      if (table[at + (row.handle >> 2)] !== high) return -1;
      const offset = (low - table[at]!) >>> 0;
      const length = table[at + ((write ? row.writable : row.length) >> 2)]!;
      if (offset + sizeBytes <= length) return low >>> 0;
      return write && isWritableMember(machine, low, high, sizeBytes) ? low >>> 0 : -1;
    },
    locateRegister: (register, sizeBytes, write) =>
      machine.locate(machine.registers[2 * register]!, machine.registers[2 * register + 1]!, sizeBytes, write),
    complain(text) {
      if (machine.i32[cells.status >> 2] === 0) {
        machine.i32[cells.status >> 2] = faults.argument;
        machine.complaint = text;
      }
      return 0;
    },
    result(value) {
      machine.registers[0] = value;
      machine.registers[1] = value >> 31;
    },
    result64(low, high) {
      machine.registers[0] = low;
      machine.registers[1] = high;
    },
    resultBig(value) {
      machine.registers[0] = Number(BigInt.asIntN(32, value));
      machine.registers[1] = Number(BigInt.asIntN(32, value >> 32n));
    },
    callback(low, high, argumentCount) {
      const { running } = machine;
      machine.registers.fill(0, 2 + 2 * argumentCount, 12);
      const fuel = machine.i32[cells.fuel >> 2]! - 1;
      machine.i32[cells.fuel >> 2] = fuel;
      if (fuel < 0) {
        machine.i32[cells.status >> 2] = faults.limit;
        return false;
      }
      if (running === undefined || (high & indexMask) !== objectIndexes.functions) {
        machine.complain("a callback is no function of the program");
        return false;
      }
      return running.call(low);
    },
  };
  machine.objects.place(objectIndexes.functions, 0, 0);
  for (let depth = 0; depth < frameCount; depth++)
    machine.objects.place(objectIndexes.frames + depth, frameStart(depth), 0);
  return machine;
}

/** Whether it is the one member of the context that may be written behind its front. */
function isWritableMember({ i32 }: Machine, low: number, high: number, sizeBytes: number): boolean {
  if (high !== objectIndexes.context) return false;
  return low >= i32[cells.writableFrom >> 2]! && low + sizeBytes <= i32[cells.writableTo >> 2]!;
}

/** Whether the memory could be made larger by `pages`, of which at least `least` are needed. */
function grows(memory: Memory, pages: number, least: number): boolean {
  if (pages < least) return false;
  try {
    memory.grow(pages);
    return true;
  } catch {
    return false;
  }
}

function viewsOf({ buffer }: Memory): Pick<Machine, "u8" | "i32" | "view" | "registers"> {
  return {
    u8: new Uint8Array(buffer),
    i32: new Int32Array(buffer),
    view: new DataView(buffer),
    registers: new Int32Array(buffer, registersAt, 22),
  };
}
