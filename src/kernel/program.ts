/** Loading one program: the verifier's word, and its refusals as errors on the TypeScript line. */

import { ProgramError, type TarsierError } from "../errors/error.ts";
import { type HookKindRow, hookKinds, type ProgramSpec, programTypes } from "../spec/index.ts";
import * as attributes from "./attribute.ts";
import { attribute, bpfError, objectNameBytes, tryBpf } from "./bpf.ts";
import { errnoName } from "./errno.ts";
import { addressOf, closingOnce, undisturbed } from "./libc.ts";
import { explainRefusal } from "./verifier-log.ts";

const logCapacityBytes = 8 << 20;

/** A loaded program. Closing it leaves attached links alive: the kernel counts both. */
export interface KernelProgram {
  readonly fd: number;
  readonly spec: ProgramSpec;
  close(): void;
}

/** What loading needs beside the spec: all of it known only on the running machine. */
export interface LoadContext {
  /** Code with map descriptors and relocations filled in. */
  readonly code: Uint8Array;
  readonly license: string;
  readonly btfFd: number;
  /** The BTF type the hook stands for; 0 for none. */
  readonly attachTypeId: number;
  /** Reads a string of the collection's BTF, for the verifier's refusals. */
  readonly text: (offset: number) => string;
  /** Names of kernel fields that this kernel does not have, by the slot that reads them. */
  readonly missing: ReadonlyMap<number, string>;
}

/** Loads one program. Throws `ProgramError` when the verifier refuses it, `PermissionError` when the user may not. */
export function loadProgram(spec: ProgramSpec, context: LoadContext): KernelProgram {
  const license = new TextEncoder().encode(`${context.license}\0`);
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
  // The verifier gives up, with EAGAIN, when a signal waits.
  const attempt = (log: Uint8Array | undefined) =>
    undisturbed(() =>
      tryBpf(
        "programLoad",
        attribute(attributes.programLoad, {
          programType: programTypes[kind.program],
          expectedAttachType: kind.attach ?? 0,
          instructionCount: context.code.byteLength / 8,
          instructions: addressOf(context.code),
          license: addressOf(license),
          programName: objectNameBytes(spec.name),
          attachBtfId: context.attachTypeId,
          ...(log && { logLevel: 1, logSize: log.byteLength, logBuffer: addressOf(log) }),
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
        ...(log ? [log] : []),
      ),
    );
  const first = attempt(undefined);
  if (first >= 0) return openProgram(first, spec);
  const log = new Uint8Array(logCapacityBytes);
  const second = attempt(log);
  if (second >= 0) return openProgram(second, spec);
  throw refusal(spec, context, -first, log);
}

function openProgram(fd: number, spec: ProgramSpec): KernelProgram {
  return { fd, spec, close: closingOnce(fd) };
}

function refusal(spec: ProgramSpec, context: LoadContext, errno: number, log: Uint8Array): TarsierError {
  const end = log.indexOf(0);
  const text = new TextDecoder().decode(log.subarray(0, end < 0 ? log.length : end));
  if (text === "") {
    return errnoName(errno) === "EPERM" || errnoName(errno) === "EACCES"
      ? bpfError(errno, `load the program ${spec.name}`)
      : new ProgramError(
          "PROGRAM_REFUSED",
          `the kernel refused the program ${spec.name} before verifying it: ${errnoName(errno)}`,
        );
  }
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
