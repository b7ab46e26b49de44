/** A kernel helper as the sandbox has it: its effect on the machine. */

import type { HelperName } from "../../isa/helpers.ts";
import type { Machine } from "../machine.ts";

/**
 * Takes its arguments from `machine.registers` (r1 to r5) and leaves its result in r0 by `machine.result`. Memory that a pointer names is reached by
 * `machine.locateRegister` only; what does not fit is a complaint that names the argument, and the run ends.
 */
export type Helper = (machine: Machine) => void;

/** Helpers of one kind, by the kernel's names. */
export type HelperGroup = Readonly<Partial<Record<HelperName, Helper>>>;
