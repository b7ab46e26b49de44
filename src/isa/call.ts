/** Calls and the exit (RFC 9669, section 4.3). */

import { type HelperName, helperIds } from "./helpers.ts";
import { classes, type Instruction, instruction, type Register, sources } from "./instruction.ts";

export const callOpcode = classes.jmp | 0x80;
export const callRegisterOpcode = callOpcode | sources.reg;
export const exitOpcode = classes.jmp | 0x90;

/** What the `src` field of a call says about its immediate. */
export const callSources = {
  /** A helper, by its id. */
  helper: 0,
  /** A function of this program, by its distance in slots. */
  local: 1,
  /** A function of the kernel, by its BTF id. */
  kernelFunction: 2,
} as const;

/** Calls a kernel helper, by name or id: arguments in r1 to r5, result in r0. */
export function callHelper(helper: HelperName | number): Instruction {
  const imm = typeof helper === "number" ? helper : helperIds[helper];
  return instruction(callOpcode, { src: callSources.helper, imm });
}

/** Calls the function of this program that begins `distance` slots after the next instruction. */
export function callLocal(distance: number): Instruction {
  return instruction(callOpcode, { src: callSources.local, imm: distance });
}

/** Calls a kernel function by its BTF id; `moduleIndex` is an index into the load's descriptors, 0 for vmlinux. */
export function callKernelFunction(btfId: number, moduleIndex = 0): Instruction {
  return instruction(callOpcode, { src: callSources.kernelFunction, imm: btfId, offset: moduleIndex });
}

/** Calls the function whose address `dst` holds. */
export function callRegister(dst: Register): Instruction {
  return instruction(callRegisterOpcode, { dst });
}

/** Returns r0 to the caller, or to the kernel. */
export function exit(): Instruction {
  return instruction(exitOpcode);
}

/** Whether it is a call by an immediate: of a helper, a kernel function or a subprogram. */
export function isCall({ opcode }: Instruction): boolean {
  return opcode === callOpcode;
}

/** Whether it ends the program or subprogram. */
export function isExit({ opcode }: Instruction): boolean {
  return opcode === exitOpcode;
}
