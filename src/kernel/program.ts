/** Loading one program: the verifier's word, and its refusals as errors on the TypeScript line. */

import { ProgramError, type TarsierError } from "../errors/error.ts";
import { type HookKindRow, hookKinds, type ProgramSpec, programTypes } from "../spec/index.ts";
import type { AttachTarget } from "./attach-target.ts";
import * as attributes from "./attribute.ts";
import { attribute, objectNameBytes, tryBpf } from "./bpf.ts";
import { cString, textOf } from "./c-string.ts";
import { errnoNumber } from "./errno.ts";
import { addressOf, closingOnce, undisturbed } from "./libc.ts";
import type { VerifierLogLevel } from "./load-options.ts";
import { pinObject } from "./pin.ts";
import { requirementOf } from "./requirements.ts";
import { explainRefusal } from "./verifier-log.ts";

const logCapacityBytes = 8 << 20;
const sumsCapacityBytes = 16 << 10;
const sleepableFlag = 1 << 4;
/** `BPF_LOG_LEVEL1`, `BPF_LOG_LEVEL2` and `BPF_LOG_STATS` (`include/linux/bpf_verifier.h`). */
const logLevels = { refusal: 1, sums: 4, steps: 2 | 4 } as const;

/** A loaded program. Closing it leaves attached links alive: the kernel counts both. */
export interface KernelProgram {
  readonly fd: number;
  readonly spec: ProgramSpec;
  /** What the verifier wrote, as the load options asked; empty where they did not. */
  readonly verifierLog: string;
  /** Keeps the program at a path of a BPF file system, beyond this process. */
  pin(path: string): void;
  close(): void;
  [Symbol.dispose](): void;
}

/** What loading needs beside the spec: all of it known only on the running machine. */
export interface LoadContext {
  /** Code with map descriptors and relocations filled in. */
  readonly code: Uint8Array;
  readonly license: string;
  readonly btfFd: number;
  /** What the hook stands for on this kernel. */
  readonly target: AttachTarget;
  /** BTF of modules whose functions the code calls, by index; the first is not looked at. */
  readonly descriptors: readonly number[];
  /** Reads a string of the collection's BTF, for the verifier's refusals. */
  readonly text: (offset: number) => string;
  /** Names of kernel fields that this kernel does not have, by the slot that reads them. */
  readonly missing: ReadonlyMap<number, string>;
  readonly verifierLog?: VerifierLogLevel | undefined;
}

/** Loads one program. Throws `ProgramError` when the verifier refuses it, `PermissionError` when the user may not. */
export function loadProgram(spec: ProgramSpec, context: LoadContext): KernelProgram {
  const license = cString(context.license);
  const functions = concatenate(
    spec.functions.map(({ slot, typeId }) => attributes.functionInfoRecord.encode({ instructionOffset: slot, typeId })),
  );
  const lines = concatenate(
    spec.lines.map(({ slot, fileNameOffset, textOffset, line, column }) =>
      attributes.lineInfoRecord.encode({
        instructionOffset: slot,
        fileNameOffset,
        lineOffset: textOffset,
        lineColumn: (line << 10) | Math.min(column, 1023),
      }),
    ),
  );
  const kind: HookKindRow = hookKinds[spec.hook.kind];
  const descriptors = new Uint8Array(Int32Array.from(context.descriptors).buffer);
  // The verifier gives up, with EAGAIN, when a signal waits.
  const attempt = (log: Uint8Array | undefined, logLevel: number) =>
    undisturbed(() =>
      tryBpf(
        "programLoad",
        attribute(attributes.programLoad, {
          programType: programTypes[kind.program],
          expectedAttachType: context.target.expectedAttachType,
          programFlags: spec.hook.sleepable === true || spec.hook.kind === "syscall" ? sleepableFlag : 0,
          instructionCount: context.code.byteLength / 8,
          instructions: addressOf(context.code),
          license: addressOf(license),
          programName: objectNameBytes(spec.name),
          attachBtfId: context.target.attachTypeId,
          attachObjectFd: context.target.objectFd,
          ...(context.descriptors.length > 1 && { descriptors: addressOf(descriptors) }),
          ...(log && { logLevel, logSize: log.byteLength, logBuffer: addressOf(log) }),
          ...(context.btfFd >= 0 &&
            spec.functions.length > 0 && {
              programBtfFd: context.btfFd,
              functionInfoRecordSize: attributes.functionInfoRecord.sizeBytes,
              functionInfo: addressOf(functions),
              functionInfoCount: spec.functions.length,
              lineInfoRecordSize: attributes.lineInfoRecord.sizeBytes,
              lineInfo: addressOf(lines),
              lineInfoCount: spec.lines.length,
            }),
        }),
        context.code,
        license,
        functions,
        lines,
        descriptors,
        ...(log ? [log] : []),
      ),
    );
  const wanted = context.verifierLog;
  const written = wanted && new Uint8Array(wanted === "sums" ? sumsCapacityBytes : logCapacityBytes);
  let first = attempt(written, wanted === undefined ? 0 : logLevels[wanted]);
  // A log that does not fit is no reason not to load.
  if (written !== undefined && first === -errnoNumber("ENOSPC")) first = attempt(undefined, 0);
  if (first >= 0) return openProgram(first, spec, written === undefined ? "" : textOf(written));
  const log = new Uint8Array(logCapacityBytes);
  const second = attempt(log, logLevels.refusal);
  if (second >= 0) return openProgram(second, spec, "");
  throw refusal(spec, context, -first, textOf(log));
}

function openProgram(fd: number, spec: ProgramSpec, verifierLog: string): KernelProgram {
  const close = closingOnce(fd);
  return {
    fd,
    spec,
    verifierLog,
    pin: (path) => pinObject(fd, path, `the program ${spec.name}`),
    close,
    [Symbol.dispose]: close,
  };
}

function refusal(spec: ProgramSpec, context: LoadContext, errno: number, text: string): TarsierError {
  if (text === "") return requirementOf.hook(spec.hook.kind, errno, `load the ${spec.hook.kind} program ${spec.name}`);
  const explained = explainRefusal(spec, text, context.text, context.missing);
  return new ProgramError("PROGRAM_REFUSED", explained.message, { details: explained.details, cause: text });
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
