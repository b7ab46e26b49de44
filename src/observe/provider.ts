/** Which kernel programs to load on this machine: one provider of transfers, and what the scope needs. */

import { KernelError } from "../errors/error.ts";
import { hookTypeId, kernelTypes, type LoadOptions, thisMachine } from "../kernel/index.ts";
import type { CollectionSpec } from "../spec/index.ts";
import { compiledPrograms } from "./compiled.ts";
import type { Scope } from "./scope.ts";
import type { OwnPlace } from "./self.ts";

/** How transfers are seen: by socket tracepoints, or by entry and return of TCP functions. */
export type ProviderName = "tracepoints" | "functions";

/** Programs a scope of cgroups does without: they follow forks. */
const processScopeOnly = new Set(["fork", "exit"]);
/** Programs for hooks that only some kernels have; where they are gone, nothing is missed, or only io_uring's bytes. */
export const optionalPrograms: ReadonlySet<string> = new Set([
  "sendPageEnd",
  "requestSubmitted",
  "requestWaits",
  "requestToWorker",
]);

/** What to load, and with what configuration. */
export interface Provider {
  readonly name: ProviderName;
  readonly spec: CollectionSpec;
  readonly options: Required<Pick<LoadOptions, "programs" | "config">>;
}

/** Chooses the provider for the running kernel. Throws `KernelError` when none works here. */
export function chooseProvider(scope: Scope, own: OwnPlace, isRecorded = false): Provider {
  for (const name of ["tracepoints", "functions"] as const) {
    const spec = compiledPrograms(name);
    const wanted = spec.programs.filter((program) => scope.kind === "processes" || !processScopeOnly.has(program.name));
    const present = wanted.filter((program) => hookTypeId(kernelTypes(), program.hook) !== undefined);
    if (!wanted.every((program) => present.includes(program) || optionalPrograms.has(program.name))) continue;
    const known = new Set(spec.config.map((field) => field.name));
    const config = Object.fromEntries(
      Object.entries(configFor(scope, own, isRecorded)).filter(([key]) => known.has(key)),
    );
    return { name, spec, options: { programs: present.map((program) => program.name), config } };
  }
  throw new KernelError(
    "NO_PROVIDER",
    "this kernel has no hooks that Tarsier can observe sockets by; it needs Linux 6.1 or newer",
  );
}

function configFor(scope: Scope, own: OwnPlace, isRecorded: boolean): Record<string, number | bigint> {
  const { receiveCalls, compatFlag } = thisMachine();
  return {
    scopeCgroup: scope.kind === "cgroup" ? scope.id : 0n,
    scopeLevel: scope.kind === "cgroup" ? scope.level : 0,
    recording: isRecorded ? 1 : 0,
    ownProcess: own.process,
    namespaceLevel: own.namespaceLevel,
    readCall: receiveCalls.read,
    readvCall: receiveCalls.readv,
    recvfromCall: receiveCalls.recvfrom,
    recvmsgCall: receiveCalls.recvmsg,
    ringEnterCall: receiveCalls.io_uring_enter,
    compatFlag,
  };
}
