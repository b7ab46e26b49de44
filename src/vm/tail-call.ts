/** Tail calls: a program gives way to another one of a program array. */

import { cells } from "./layout.ts";
import type { Machine } from "./machine.ts";

/** Calls in a row, as in the kernel (`MAX_TAIL_CALL_CNT`). */
const tailCallLimit = 33;

/** Looks for the program that r2 and r3 name; true when the running one must end now, and `nextProgram` says who is next. */
export function prepareTailCall(machine: Machine): boolean {
  const { registers, i32 } = machine;
  const map = machine.mapsByIndex.get(registers[5]! & 0xffffff);
  if (map?.spec.type !== "programArray") {
    machine.complain("bpf_tail_call: r2 is no program array");
    return false;
  }
  const index = registers[6]! >>> 0;
  const entry =
    index < map.spec.maxEntries ? map.get(Uint8Array.from(new Uint8Array(Uint32Array.of(index).buffer))) : undefined;
  const program = entry === undefined ? 0 : new DataView(entry.buffer, entry.byteOffset).getUint32(0, true);
  if (program === 0 || i32[cells.nextProgram >> 2]! >= tailCallLimit << 16) {
    machine.result(-2);
    return false;
  }
  // The count of calls in the upper half, the program's place plus one in the lower.
  i32[cells.nextProgram >> 2] = ((i32[cells.nextProgram >> 2]! & ~0xffff) + 0x10000) | program;
  return true;
}
