/** What programs the running kernel takes, tried out once and remembered: kinds of hooks, and helpers in them. */

import { mov } from "../isa/alu.ts";
import { callHelper, exit } from "../isa/call.ts";
import { encode } from "../isa/encode.ts";
import { type HelperName, helperIds } from "../isa/helpers.ts";
import { r0 } from "../isa/instruction.ts";
import { type HookKind, hookKinds, programTypes } from "../spec/index.ts";
import { attachTargetOf } from "./attach-target.ts";
import { programLoad } from "./attribute.ts";
import { attribute, tryBpf } from "./bpf.ts";
import { cString, textOf } from "./c-string.ts";
import { emptyProgram } from "./empty-program.ts";
import { addressOf, closeDescriptor, undisturbed } from "./libc.ts";
import { probeLink } from "./probe-links.ts";
import { probeMap } from "./probe-maps.ts";
import { no, once, type ProbeResult, yes } from "./probe-result.ts";
import { loadProgram } from "./program.ts";

/**
 * Whether programs of that kind can be loaded, and attached where that can be found out without attaching. Needs the
 * rights to load programs.
 */
export function probeHook(kind: HookKind): ProbeResult {
  return once(`hook ${kind}`, () => {
    if (kind === "structOps" || kind === "extension") {
      return kind === "extension" ? probeHook("fentry") : probeMap("structOps");
    }
    try {
      const spec = emptyProgram(kind);
      const target = attachTargetOf(spec, undefined);
      try {
        const program = loadProgram(spec, {
          code: spec.code,
          license: "GPL",
          btfFd: -1,
          target,
          descriptors: [],
          text: () => "",
          missing: new Map(),
        });
        try {
          return probeLink(kind, program.fd);
        } finally {
          program.close();
        }
      } finally {
        if (target.ownsObject) closeDescriptor(target.objectFd);
      }
    } catch (error) {
      return no(error);
    }
  });
}

/** Whether programs of a kind of hook may call a helper. */
export function probeHelper(kind: HookKind, helper: HelperName): ProbeResult {
  return once(`helper ${kind} ${helper}`, () => {
    const hook = probeHook(kind);
    if (!hook.available) return hook;
    const spec = emptyProgram(kind);
    const code = encode([callHelper(helperIds[helper]), mov.imm(r0, 0), exit()]);
    const target = attachTargetOf(spec, undefined);
    const log = new Uint8Array(64 * 1024);
    const license = cString("GPL");
    const fd = undisturbed(() =>
      tryBpf(
        "programLoad",
        attribute(programLoad, {
          programType: programTypes[hookKinds[kind].program],
          expectedAttachType: target.expectedAttachType,
          instructionCount: code.byteLength / 8,
          instructions: addressOf(code),
          license: addressOf(license),
          logLevel: 1,
          logSize: log.byteLength,
          logBuffer: addressOf(log),
          attachBtfId: target.attachTypeId,
          attachObjectFd: target.objectFd,
        }),
        code,
        license,
        log,
      ),
    );
    if (target.ownsObject) closeDescriptor(target.objectFd);
    if (fd >= 0) closeDescriptor(fd);
    // Arguments are missing: any complaint about them means that the helper itself is known.
    const isUnknown = /(unknown|invalid) func |program of this type cannot use helper|helper call is not allowed/.test(
      textOf(log),
    );
    return isUnknown
      ? { available: false, reason: `programs of the kind ${kind} cannot call ${helper} on this kernel` }
      : yes;
  });
}
