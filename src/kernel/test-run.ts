/** Running a program here and now, without attaching it (`BPF_PROG_TEST_RUN`). */

import { KernelError } from "../errors/error.ts";
import type { ProgramTypeName, TestRunInput, TestRunResult } from "../spec/index.ts";
import { hookKinds } from "../spec/index.ts";
import * as attributes from "./attribute.ts";
import { attribute, bpfError, tryBpf } from "./bpf.ts";
import { errnoName } from "./errno.ts";
import { addressOf, undisturbed } from "./libc.ts";
import type { KernelProgram } from "./program.ts";

/** Types of programs that a kernel runs on request, and what it gives back. */
const runnable: Readonly<Partial<Record<ProgramTypeName, { readonly data: boolean; readonly context: boolean }>>> = {
  socketFilter: { data: true, context: true },
  trafficControl: { data: true, context: true },
  xdp: { data: true, context: true },
  cgroupSkb: { data: true, context: true },
  rawTracepoint: { data: false, context: false },
  tracing: { data: false, context: false },
  flowDissector: { data: true, context: false },
  socketLookup: { data: false, context: true },
  syscall: { data: false, context: true },
  netfilter: { data: true, context: false },
  structOps: { data: false, context: false },
};

const empty = new Uint8Array();
/** Programs may make packets longer. */
const headroomBytes = 4096;
const onCpuFlag = 1;

/** Runs a program in this thread. A list of numbers stands for a context of 64-bit words. */
export function testRun(program: KernelProgram, input: TestRunInput | readonly bigint[] = {}): TestRunResult {
  const { data, context, repeat = 0, cpu } = isWords(input) ? { context: input } : (input as TestRunInput);
  const { spec } = program;
  const row = runnable[hookKinds[spec.hook.kind].program];
  if (row === undefined) {
    throw new KernelError(
      "TEST_RUN_TYPE",
      `cannot run ${spec.name}: no kernel runs ${spec.hook.kind} programs on request; attach it and cause its event`,
    );
  }
  const contextIn = context === undefined ? empty : isWords(context) ? words(context) : context;
  const dataOut = row.data && data !== undefined ? new Uint8Array(data.byteLength + headroomBytes) : empty;
  // A syscall program writes its context where it was given.
  const writesBack = row.context && hookKinds[spec.hook.kind].program !== "syscall" && contextIn.byteLength > 0;
  const contextOut = writesBack ? new Uint8Array(contextIn.byteLength) : empty;
  const call = attribute(attributes.testRun, {
    programFd: program.fd,
    ...(data && { dataSizeIn: data.byteLength, dataIn: addressOf(data) }),
    ...(dataOut.byteLength > 0 && { dataSizeOut: dataOut.byteLength, dataOut: addressOf(dataOut) }),
    ...(contextIn.byteLength > 0 && { contextSizeIn: contextIn.byteLength, contextIn: addressOf(contextIn) }),
    ...(writesBack && { contextSizeOut: contextOut.byteLength, contextOut: addressOf(contextOut) }),
    repeat,
    ...(cpu !== undefined && { flags: onCpuFlag, cpu }),
  });
  const memory = [contextIn, contextOut, dataOut, ...(data ? [data] : [])];
  // A signal that waits ends the repeats early, with EINTR.
  const result = undisturbed(() => tryBpf("programTestRun", call, ...memory));
  if (result < 0) throw failure(program, -result);
  const filled = attributes.testRun.decode(new DataView(call.buffer));
  return {
    returnValue: filled.returnValue,
    durationNs: filled.durationNs,
    data: dataOut.subarray(0, filled.dataSizeOut),
    context: writesBack ? contextOut.subarray(0, filled.contextSizeOut) : row.context ? contextIn : empty,
  };
}

function isWords(input: unknown): input is readonly bigint[] {
  return Array.isArray(input);
}

const words = (values: readonly bigint[]) =>
  values.length === 0
    ? empty
    : new Uint8Array(BigInt64Array.from(values.map((value) => BigInt.asIntN(64, value))).buffer);

function failure({ spec }: KernelProgram, errno: number): Error {
  const name = errnoName(errno);
  if (name === "ENOTSUPP" || name === "EOPNOTSUPP") {
    return new KernelError(
      "TEST_RUN_TYPE",
      `cannot run ${spec.name}: this kernel does not run ${spec.hook.kind} programs on request`,
    );
  }
  return bpfError(errno, `run ${spec.name}`);
}
