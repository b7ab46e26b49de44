/** What ptrace(2) and waitpid(2) say, as numbers of the uapi (`linux/ptrace.h`, `asm-generic/signal.h`). */

export const request = {
  continue: 7,
  syscall: 24,
  eventMessage: 0x4201,
  seize: 0x4206,
  listen: 0x4208,
  syscallInfo: 0x420e,
} as const;

export const traceOption = {
  markSyscalls: 1,
  fork: 2,
  vfork: 4,
  clone: 8,
  exec: 0x10,
  seccomp: 0x80,
  killOnExit: 0x10_0000,
} as const;

/** What stopped a thread, beside signals and calls. */
export const stopEvent = { fork: 1, vfork: 2, clone: 3, exec: 4, seccomp: 7, stop: 128 } as const;

/** `waitpid` options: threads of any kind, which the calling thread traces. */
export const waitOption = { allKinds: 0x4000_0000, ownThread: 0x2000_0000 } as const;

export const signal = {
  trap: 5,
  alarm: 14,
  child: 17,
  stop: 19,
  terminalStop: 20,
  terminalInput: 21,
  terminalOutput: 22,
} as const;

/** The stop at the end of a call, where `traceOption.markSyscalls` is set. */
export const syscallStop = signal.trap | 0x80;

/** Signals whose group-stop leaves a process stopped until SIGCONT. */
export const stoppingSignals: ReadonlySet<number> = new Set([
  signal.stop,
  signal.terminalStop,
  signal.terminalInput,
  signal.terminalOutput,
]);

export const errno = { noProcess: 3, interrupted: 4, again: 11, noChild: 10, notPermitted: 1, noCall: 38 } as const;
