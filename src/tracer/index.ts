/** The ordinary-user engine: a command traced by ptrace(2) under a seccomp filter, and told of as connections and transfers. */

export * from "./events.ts";
export {
  doNothing,
  doNotWait,
  readDescriptor,
  readMemory,
  setSignalHandler,
  signalHandler,
  startTimer,
  widenPipe,
  writeDescriptor,
} from "./libc.ts";
export { errno, signal } from "./ptrace.ts";
export { createTracer, type Tracer, type TracerFigures } from "./tracer.ts";
