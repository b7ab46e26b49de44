/** The world around a simulated program, as a test describes it: time, chance, who runs, memory of the observed process. */

import { InputError } from "../errors/error.ts";
import type { Surroundings, Task } from "../vm/index.ts";
import { type KernelMemory, type KernelObject, kernelObject } from "./kernel-memory.ts";

/** Who runs, as programs ask for it. What is not given is as `defaultTask` has it. */
export interface SimulatedTask extends Partial<Omit<Task, "address" | "registersAddress">> {
  /** Its `task_struct`, for programs that read it (`currentTask()`); one with `pid`, `tgid` and `comm` for each thread when absent. */
  readonly struct?: KernelObject;
  /** Its registers in user mode (`taskRegisters`). */
  readonly registers?: KernelObject;
}

const defaultTask: Task = { pid: 1, tid: 1, uid: 0, gid: 0, name: "test", cgroupId: 1n };

/** A clock that stands still until it is told to go on. */
export interface VirtualClock {
  /** Nanoseconds, as `now()` gives them to programs. */
  readonly nowNs: bigint;
  /** Goes on by `ns`; functions of timers that become due are called, each at its time: how many. */
  advance(ns: number | bigint): number;
}

/** Memory of the process that programs observe (`readUser`, `readUserText`). */
export interface UserMemory {
  /** Puts bytes, or text with a zero byte behind it, at an address. */
  write(address: number | bigint, content: Uint8Array | string): void;
  /** The same, at an address that is free. */
  place(content: Uint8Array | string): bigint;
}

export interface SimulatedWorld {
  nowNs: bigint;
  task: Task & { address?: bigint; registersAddress?: bigint };
  /** The `task_struct` of each thread. */
  readonly structs: Map<number, KernelObject>;
  readonly user: UserMemory;
  readonly printed: string[];
  readonly surroundings: Partial<Surroundings>;
}

export interface WorldOptions {
  readonly startNs?: bigint;
  readonly seed?: number;
  readonly more?: Partial<Surroundings>;
}

const second = 1_000_000_000n;

export function simulatedWorld({ startNs = second, seed = 1, more = {} }: WorldOptions): SimulatedWorld {
  const memory = userMemory();
  const world: SimulatedWorld = {
    nowNs: startNs,
    task: { ...defaultTask },
    structs: new Map(),
    user: memory,
    printed: [],
    surroundings: {},
  };
  const surroundings: Partial<Surroundings> = {
    now: () => world.nowNs,
    random: randomNumbers(seed),
    readUser: memory.read,
    print: (line) => world.printed.push(line),
    task: world.task,
    ...more,
  };
  return Object.assign(world, { surroundings });
}

/** Puts a described task in the place of the one that was. */
export function setTask(
  { task, structs }: SimulatedWorld,
  { struct, registers, ...described }: SimulatedTask,
  kernel: KernelMemory,
): void {
  Object.assign(task, described);
  if (described.pid !== undefined && described.tid === undefined) Object.assign(task, { tid: described.pid });
  const known = struct ?? structs.get(task.tid) ?? structOf(task, kernel);
  structs.set(task.tid, known);
  task.address = kernel.addressOf(known);
  if (registers !== undefined) task.registersAddress = kernel.addressOf(registers);
}

/** What a `task_struct` says of a task, as far as the programs declare it. */
function structOf({ pid, tid, name }: Task, kernel: KernelMemory): KernelObject {
  const declared = kernel.declared("task_struct");
  const fields = Object.entries({ pid: tid, tgid: pid, comm: name }).filter(([member]) => declared.includes(member));
  return kernelObject("task_struct", Object.fromEntries(fields));
}

/** Random numbers that are the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) | 0;
  };
}

const firstAddress = 0x7f00_0000_0000n;
const pageBytes = 4096n;
const encoder = new TextEncoder();

/** Memory by byte: tests describe little of it. */
function userMemory(): UserMemory & { read(address: bigint, into: Uint8Array): boolean } {
  const bytes = new Map<bigint, number>();
  let free = firstAddress;
  const write = (address: number | bigint, content: Uint8Array | string): void => {
    const at = BigInt(address);
    const given = typeof content === "string" ? encoder.encode(`${content}\0`) : content;
    if (at <= 0n) throw new InputError("USER_ADDRESS", `${address} is no address of a process`);
    given.forEach((byte, index) => {
      bytes.set(at + BigInt(index), byte);
    });
  };
  return {
    write,
    place(content) {
      const address = free;
      write(address, content);
      // Nothing lies behind it: reading too far is noticed.
      free += ((BigInt(content.length) * 4n) / pageBytes + 2n) * pageBytes;
      return address;
    },
    read(address, into) {
      for (let index = 0; index < into.length; index++) {
        const byte = bytes.get(address + BigInt(index));
        if (byte === undefined) return false;
        into[index] = byte;
      }
      return true;
    },
  };
}
