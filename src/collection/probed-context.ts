/** Contexts of probes and tracepoints, by the types that their programs declare. */

import { type Btf, type BtfComposite, sizeOf, skipModifiers } from "../btf/index.ts";
import { InputError } from "../errors/error.ts";
import type { ProgramSpec } from "../spec/index.ts";

/** Registers of arguments and of the result on x64 (System V ABI), by the members of `pt_regs`. */
const argumentRegisters = ["di", "si", "dx", "cx", "r8", "r9"];
const resultRegister = "ax";
/** `struct pt_regs` of x64. */
const registersBytes = 168;

/** Registers at the call of a function, or behind it, where the program looks for them. */
export function probedContext(spec: ProgramSpec, btf: Btf, words: readonly bigint[], isResult: boolean): Uint8Array {
  const names = isResult ? [resultRegister] : argumentRegisters;
  if (words.length > names.length) {
    throw new InputError("SIMULATE_ARGUMENTS", `${spec.name} has ${names.length} arguments in registers at most`);
  }
  const bytes = new Uint8Array(registersBytes);
  const view = new DataView(bytes.buffer);
  for (const { name, members } of rootsOf(spec, btf)) {
    if (name !== "pt_regs") continue;
    for (const [index, word] of words.entries()) {
      const member = members.find((candidate) => candidate.name === names[index]);
      if (member !== undefined) view.setBigUint64(member.bitOffset / 8, BigInt.asUintN(64, word), true);
    }
  }
  return bytes;
}

/** The type of the record that a tracepoint's program reads, where it can be told. */
export function recordType(spec: ProgramSpec, btf: Btf): string {
  const names = new Set(rootsOf(spec, btf).map(({ name }) => name));
  const records = [...names].filter((name) => /^trace_event_raw_|^bpf_perf_event_data$/.test(name));
  if (records.length === 1) return records[0]!;
  throw new InputError(
    "SIMULATE_RECORD",
    `${spec.name}: say which record it is: kernelObject("trace_event_raw_…", { … })`,
  );
}

/** Structures of the kernel that a program reads. */
function rootsOf({ relocations }: ProgramSpec, btf: Btf): BtfComposite[] {
  const ids = new Set(relocations.map(({ typeId }) => typeId));
  return [...ids].flatMap((id) => {
    const { type } = skipModifiers(btf, id);
    return type.kind === "struct" && sizeOf(btf, id) !== undefined ? [type] : [];
  });
}
