/** perf_event_open(2): one event, and a program that runs when it happens. */

import { struct, u32, u64 } from "../bytes/index.ts";
import { KernelError, PermissionError } from "../errors/error.ts";
import { attribute, tryBpf } from "./bpf.ts";
import { errnoName, errnoNumber } from "./errno.ts";
import { addressOf, closeDescriptor, ioctl, systemCall } from "./libc.ts";
import { type KernelLink, openLink } from "./link.ts";
import { perfEventLink } from "./link-attribute.ts";
import { thisMachine } from "./machine.ts";
import type { KernelProgram } from "./program.ts";
import { requirementOf } from "./requirements.ts";

/** `struct perf_event_attr`, as long as kernels have had `config2` and more (112 bytes). */
const Attribute = struct({
  type: u32,
  size: u32,
  config: u64,
  sample: u64,
  sampleType: u64,
  readFormat: u64,
  flags: u64,
  wakeupEvents: u32,
  breakpointType: u32,
  config1: u64,
  config2: u64,
  branchSampleType: u64,
  userRegisters: u64,
  userStack: u32,
  clock: u32,
  interruptRegisters: u64,
  auxWatermark: u32,
  maxStack: u32,
});

const frequencyFlag = 1n << 10n;
const closeOnExec = 8;
const enable = 0x2400;
const perfEventAttachType = 41;

/** What happens, where, and how often the program runs. */
export interface PerfEventPlace {
  readonly type: number;
  readonly config: bigint;
  readonly config1?: bigint;
  readonly config2?: bigint;
  readonly samplePeriod?: number;
  readonly sampleFrequencyHz?: number;
  /** One process; all when absent. */
  readonly pid?: number;
  /** One processor, or -1 for all, which only goes with a process. */
  readonly cpu?: number;
}

/** A descriptor of the event; `label` names it in errors, `memory` is what addresses in it point to. */
export function openPerfEvent(place: PerfEventPlace, label: string, memory: readonly Uint8Array[] = []): number {
  const { type, config, config1 = 0n, config2 = 0n, samplePeriod = 0, sampleFrequencyHz, pid = -1 } = place;
  const event = attribute(Attribute, {
    type,
    size: Attribute.sizeBytes,
    config,
    config1,
    config2,
    sample: BigInt(sampleFrequencyHz ?? samplePeriod),
    flags: sampleFrequencyHz === undefined ? 0n : frequencyFlag,
  });
  const cpu = place.cpu ?? (pid === -1 ? 0 : -1);
  const fd = systemCall(thisMachine().perfEventOpenCall, addressOf(event), pid, cpu, -1, closeOnExec);
  void memory;
  if (fd >= 0) return fd;
  const name = errnoName(-fd);
  if (-fd === errnoNumber("EACCES") || -fd === errnoNumber("EPERM")) {
    throw new PermissionError(
      "PERF_NOT_PERMITTED",
      `cannot open the event ${label}: ${name}; run as root or with CAP_PERFMON, and see kernel.perf_event_paranoid`,
    );
  }
  throw new KernelError("PERF_REFUSED", `cannot open the event ${label}: ${name}`);
}

/** Runs `program` at the event behind `event`, which is closed with the link. */
export function attachPerfEvent(program: KernelProgram, event: number, label: string, cookie: bigint): KernelLink {
  const fd = tryBpf(
    "linkCreate",
    attribute(perfEventLink, { programFd: program.fd, target: event, attachType: perfEventAttachType, cookie }),
  );
  const errno = fd < 0 ? -fd : -ioctl(event, enable);
  if (errno === 0) return openLink(fd, program, program.spec.name, [event]);
  if (fd >= 0) closeDescriptor(fd);
  closeDescriptor(event);
  throw requirementOf.hook(program.spec.hook.kind, errno, `attach ${program.spec.name} to ${label}`);
}
