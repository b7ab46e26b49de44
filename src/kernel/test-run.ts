/** Running a program once, here and now, without attaching it (`BPF_PROG_TEST_RUN`). */

import * as attributes from "./attribute.ts";
import { attribute, bpfError, tryBpf } from "./bpf.ts";
import { addressOf } from "./libc.ts";
import type { KernelProgram } from "./program.ts";

/** What a test run gave. */
export interface TestRunResult {
  readonly returnValue: number;
}

/** Runs a raw tracepoint program in this thread, with up to twelve 64-bit arguments. */
export function testRun(program: KernelProgram, context: readonly bigint[] = []): TestRunResult {
  const contextBytes = new Uint8Array(BigUint64Array.from(context).buffer);
  const call = attribute(attributes.testRun, {
    programFd: program.fd,
    ...(context.length > 0 && { contextSizeIn: contextBytes.byteLength, contextIn: addressOf(contextBytes) }),
  });
  const result = tryBpf("programTestRun", call, contextBytes);
  if (result < 0) throw bpfError(-result, `run ${program.spec.name}`);
  return { returnValue: attributes.testRun.decode(new DataView(call.buffer)).returnValue };
}
