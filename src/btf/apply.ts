/** Writes what CO-RE relocations mean on this kernel into the code of a program. */

import { InputError } from "../errors/error.ts";
import { decodeInstruction } from "../isa/decode.ts";
import { encodeInstruction, slotBytes } from "../isa/encode.ts";
import type { Instruction } from "../isa/instruction.ts";
import type { CoreRelocation, ProgramSpec } from "../spec/collection.ts";
import { patch, poison } from "./patch.ts";
import type { Btf } from "./read.ts";
import { relocate } from "./relocate.ts";

/** A program for one kernel. */
export interface RelocatedCode {
  /** A copy of the program's code with its relocations done. */
  readonly code: Uint8Array;
  /**
   * What the kernel lacks (`sock.sk_cookie`), by the slot that needs it. The instruction there became one
   * that the verifier refuses, unless it finds that it is never reached.
   */
  readonly missing: ReadonlyMap<number, string>;
}

/** Relocates `program`, whose types are `local`, for a kernel with the types `target`. */
export function applyRelocations(
  program: Pick<ProgramSpec, "code" | "relocations">,
  local: Btf,
  target: Btf,
): RelocatedCode {
  const code = program.code.slice();
  const view = new DataView(code.buffer);
  const missing = new Map<number, string>();

  for (const relocation of program.relocations) {
    const { slot } = relocation;
    const instruction = instructionAt(view, relocation);
    const outcome = relocate(local, target, relocation);
    const result = outcome.kind === "value" ? patch(instruction, outcome.value, outcome.access) : outcome;
    if (result.kind === "patched") {
      encodeInstruction(result.instruction, view, slot * slotBytes);
    } else {
      poison(instruction, view, slot);
      missing.set(slot, `${outcome.text} ${result.reason}`.trimEnd());
    }
  }
  return { code, missing };
}

function instructionAt(view: DataView, { slot }: CoreRelocation): Instruction {
  const at = slot * slotBytes;
  if (!Number.isSafeInteger(slot) || slot < 0 || at + slotBytes > view.byteLength) {
    throw new InputError("BTF_BAD_SLOT", `a relocation is for slot ${slot}, which is outside the program`);
  }
  return decodeInstruction(view, at);
}
