/**
 * The system calls that a tracer stops at, as data: their numbers (x64: `arch/x86/entry/syscalls/syscall_64.tbl`; arm64:
 * `include/uapi/asm-generic/unistd.h`), what they do to a descriptor, and where their bytes are.
 */

import { KernelError } from "../errors/error.ts";

/** What a call means to a connection. */
export type CallEffect =
  | "receive"
  | "send"
  | "splice"
  | "connect"
  | "accept"
  | "close"
  | "closeRange"
  | "duplicate"
  | "socketError"
  | "unshare";

/** Where the bytes of a transfer are: at an address, in a table of buffers, in one message or in several; or nowhere. */
export type CallPayload = "buffer" | "vector" | "message" | "messages" | "none";

/** One argument that must have one of these values, or one of these bits, for the call to matter. */
export interface ArgumentTest {
  readonly argument: number;
  readonly values?: readonly number[];
  readonly bits?: number;
}

/** One call. Its descriptor is the first argument. */
export interface TracedCall {
  readonly name: string;
  readonly x64?: number;
  readonly arm64: number;
  readonly effect: CallEffect;
  readonly payload?: CallPayload;
  /** The argument with the flags of a receive. */
  readonly flags?: number;
  /** The argument with the new descriptor, where that replaces an open one. */
  readonly target?: number;
  readonly when?: readonly ArgumentTest[];
}

const socketLevel = 1;
const pendingError = 4;
const duplicateCommands = [0, 1030];
const shareFiles = 0x400;

export const tracedCalls: readonly TracedCall[] = [
  { name: "read", x64: 0, arm64: 63, effect: "receive", payload: "buffer" },
  { name: "write", x64: 1, arm64: 64, effect: "send", payload: "buffer" },
  { name: "close", x64: 3, arm64: 57, effect: "close" },
  { name: "readv", x64: 19, arm64: 65, effect: "receive", payload: "vector" },
  { name: "writev", x64: 20, arm64: 66, effect: "send", payload: "vector" },
  { name: "dup", x64: 32, arm64: 23, effect: "duplicate" },
  { name: "dup2", x64: 33, arm64: -1, effect: "duplicate", target: 1 },
  { name: "sendfile", x64: 40, arm64: 71, effect: "send", payload: "none" },
  { name: "connect", x64: 42, arm64: 203, effect: "connect" },
  { name: "accept", x64: 43, arm64: 202, effect: "accept" },
  { name: "sendto", x64: 44, arm64: 206, effect: "send", payload: "buffer" },
  { name: "recvfrom", x64: 45, arm64: 207, effect: "receive", payload: "buffer", flags: 3 },
  { name: "sendmsg", x64: 46, arm64: 211, effect: "send", payload: "message" },
  { name: "recvmsg", x64: 47, arm64: 212, effect: "receive", payload: "message", flags: 2 },
  {
    name: "getsockopt",
    x64: 55,
    arm64: 209,
    effect: "socketError",
    when: [
      { argument: 1, values: [socketLevel] },
      { argument: 2, values: [pendingError] },
    ],
  },
  { name: "fcntl", x64: 72, arm64: 25, effect: "duplicate", when: [{ argument: 1, values: duplicateCommands }] },
  { name: "unshare", x64: 272, arm64: 97, effect: "unshare", when: [{ argument: 0, bits: shareFiles }] },
  { name: "splice", x64: 275, arm64: 76, effect: "splice", payload: "none" },
  { name: "accept4", x64: 288, arm64: 242, effect: "accept" },
  { name: "dup3", x64: 292, arm64: 24, effect: "duplicate", target: 1 },
  { name: "recvmmsg", x64: 299, arm64: 243, effect: "receive", payload: "messages", flags: 3 },
  { name: "sendmmsg", x64: 307, arm64: 269, effect: "send", payload: "messages" },
  { name: "preadv2", x64: 327, arm64: 286, effect: "receive", payload: "vector" },
  { name: "pwritev2", x64: 328, arm64: 287, effect: "send", payload: "vector" },
  { name: "close_range", x64: 436, arm64: 436, effect: "closeRange" },
];

/** A processor, as seccomp names it (`AUDIT_ARCH_…`), with the numbers of calls that the tracer makes itself. */
export interface TracedMachine {
  readonly name: "x64" | "arm64";
  readonly audit: number;
  readonly seccomp: number;
  readonly kcmp: number;
}

/** The same on all processors: calls that are as young. */
export const youngCalls = { io_uring_setup: 425, pidfd_open: 434, pidfd_getfd: 438 } as const;

const machines: Readonly<Record<string, TracedMachine>> = {
  x64: { name: "x64", audit: 0xc000_003e, seccomp: 317, kcmp: 312 },
  arm64: { name: "arm64", audit: 0xc000_00b7, seccomp: 277, kcmp: 272 },
};

/** The machine this process runs on. Throws `KernelError` on one that there is no row for. */
export function tracedMachine(architecture: string = process.arch): TracedMachine {
  const machine = machines[architecture];
  if (machine !== undefined) return machine;
  throw new KernelError("MACHINE_UNKNOWN", `Tarsier does not know the processor ${architecture}: use x64 or arm64`);
}

/** The number of a call on a machine; -1 where there is no such call. */
export const callNumber = (call: TracedCall, { name }: TracedMachine): number => call[name] ?? -1;
