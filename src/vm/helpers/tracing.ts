/** What programs at functions ask of the call they are at, and what they say of it. */

import { cells, contextAt } from "../layout.ts";
import type { Machine, RunningProgram } from "../machine.ts";
import { errors, long, memoryArgument } from "./arguments.ts";
import { recordEffect } from "./effects.ts";
import type { HelperGroup } from "./helper.ts";

/** The return value that a program set in its run; each run begins with 0. */
const returnValues = new WeakMap<RunningProgram, number>();

export const tracingHelpers: HelperGroup = {
  bpf_get_func_ip: (machine) => machine.resultBig(machine.surroundings.functionAddress ?? 0n),
  bpf_get_attach_cookie: (machine) => machine.resultBig(machine.surroundings.attachCookie ?? 0n),
  bpf_get_func_arg_cnt: (machine) => machine.result(argumentCount(machine)),
  bpf_get_func_arg(machine) {
    const into = memoryArgument(machine, "bpf_get_func_arg", 3, 8, true);
    if (into < 0) return;
    const number = long(machine, 2);
    if (number >= BigInt(argumentCount(machine))) return machine.result(errors.invalid);
    machine.u8.copyWithin(into, contextAt + Number(number) * 8, contextAt + Number(number) * 8 + 8);
    machine.result(0);
  },
  bpf_get_func_ret(machine) {
    const into = memoryArgument(machine, "bpf_get_func_ret", 2, 8, true);
    if (into < 0) return;
    // Only after the function has returned is there a value behind its arguments.
    if (!endsWithResult(machine)) return machine.result(errors.notSupported);
    const at = contextAt + argumentCount(machine) * 8;
    machine.u8.copyWithin(into, at, at + 8);
    machine.result(0);
  },
  bpf_get_retval: (machine) =>
    machine.result(machine.running === undefined ? 0 : (returnValues.get(machine.running) ?? 0)),
  bpf_set_retval(machine) {
    const value = machine.registers[2]!;
    if (machine.running !== undefined) returnValues.set(machine.running, value);
    recordEffect(machine, { helper: "bpf_set_retval", arguments: [BigInt(value)] });
    machine.result(0);
  },
  bpf_override_return(machine) {
    recordEffect(machine, { helper: "bpf_override_return", arguments: [long(machine, 2)] });
    machine.result(0);
  },
};

const endsWithResult = ({ running }: Machine): boolean => running?.hook === "fexit" || running?.hook === "modifyReturn";

/** The context of a traced function is its arguments, 8 bytes each, and then its result. */
function argumentCount(machine: Machine): number {
  return (machine.i32[cells.contextBytes >> 2]! >> 3) - (endsWithResult(machine) ? 1 : 0);
}
