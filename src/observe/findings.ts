/** What Tarsier needs of a machine, each need found or missing, with its remedy. */

import { accessSync, constants, readFileSync, readlinkSync } from "node:fs";
import { release } from "node:os";
import { TarsierError } from "../errors/error.ts";
import { findCgroupHierarchy, parseCgroup2Mount } from "../identity/cgroup.ts";
import { hookTypeId, kernelTypes, loadCollection } from "../kernel/index.ts";
import { compiledPrograms } from "./compiled.ts";
import { optionalPrograms, type ProviderName } from "./provider.ts";

/** One need. `ok` undefined: neither good nor bad, only told. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean | undefined;
  readonly found: string;
  /** What to do, where something is missing. */
  readonly remedy?: string;
}

const firstPidNamespace = "pid:[4026531836]";
const oldestKernel = [6, 1] as const;

const sysAdminBit = 21n;
/** Capabilities by their bit (include/uapi/linux/capability.h), what each is for, and whether CAP_SYS_ADMIN stands for it. */
const capabilities = [
  { name: "CAP_BPF", bit: 39n, use: "load programs and maps", needed: true, implied: true },
  { name: "CAP_PERFMON", bit: 38n, use: "read kernel memory from programs", needed: true, implied: true },
  { name: "CAP_NET_ADMIN", bit: 12n, use: "network hooks (not needed to observe)", needed: false, implied: false },
  { name: "CAP_SYS_ADMIN", bit: sysAdminBit, use: "time the programs, write cgroups", needed: false, implied: false },
] as const;

/** Looks at everything. Reads and tries, changes nothing: what is loaded for a try is closed at once. */
export function examine(): Finding[] {
  return [
    kernelVersion(),
    ...lockdown(),
    kernelTypesFinding(),
    cgroupLayout(),
    pidNamespace(),
    ...capabilityFindings(),
    ...providerFindings(),
    userEngineFinding(),
  ];
}

function kernelVersion(): Finding {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  const ok = major > oldestKernel[0] || (major === oldestKernel[0] && minor >= oldestKernel[1]);
  return { name: "kernel", ok, found: release(), ...(!ok && { remedy: "Tarsier needs Linux 6.1 or newer" }) };
}

function lockdown(): Finding[] {
  const mode = /\[(\w+)\]/.exec(read("/sys/kernel/security/lockdown") ?? "")?.[1];
  if (mode === undefined) return [{ name: "lockdown", ok: true, found: "none" }];
  const ok = mode !== "confidentiality";
  const remedy = "boot without lockdown=confidentiality: it forbids reading kernel memory";
  return [{ name: "lockdown", ok, found: mode, ...(!ok && { remedy }) }];
}

function kernelTypesFinding(): Finding {
  try {
    return {
      name: "BTF",
      ok: true,
      found: `/sys/kernel/btf/vmlinux, ${kernelTypes().count.toLocaleString("en")} types`,
    };
  } catch (error) {
    return { name: "BTF", ok: false, found: "missing", remedy: messageOf(error) };
  }
}

function cgroupLayout(): Finding {
  const hierarchy = findCgroupHierarchy();
  const hybrid = / - cgroup /.test(read("/proc/self/mountinfo") ?? "");
  if (hierarchy === undefined) {
    const mounted = parseCgroup2Mount(read("/proc/self/mountinfo") ?? "") !== undefined;
    const remedy = "commands are watched by process id; for --cgroup, mount cgroup2";
    return { name: "cgroup2", ok: undefined, found: mounted ? "mounted, but not ours" : "not mounted", remedy };
  }
  const found = `${hierarchy.root}${hybrid ? " (hybrid layout)" : ""}, own cgroup ${hierarchy.own}`;
  try {
    accessSync(hierarchy.own, constants.W_OK);
    return { name: "cgroup2", ok: true, found };
  } catch {
    const remedy = "commands are watched by process id; to use a cgroup, run as root with it mounted read-write";
    return { name: "cgroup2", ok: undefined, found: `${found}, not writable`, remedy };
  }
}

function pidNamespace(): Finding {
  const first = readlinkSync("/proc/self/ns/pid") === firstPidNamespace;
  return { name: "pid namespace", ok: true, found: first ? "the first one" : "a nested one; pids are translated" };
}

/** What the capabilities in a proc_pid_status(5) text are good for. */
export function capabilityFindings(status: string = read("/proc/self/status") ?? ""): Finding[] {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  const holds = (bit: bigint) => ((effective >> bit) & 1n) === 1n;
  return capabilities.map(({ name, bit, use, needed, implied }) => {
    const has = holds(bit) || (implied && holds(sysAdminBit));
    const remedy = `needed to ${use}: run as root, or \`sudo setcap cap_bpf,cap_perfmon+ep\` on a copy of node`;
    return {
      name,
      ok: has || (needed ? false : undefined),
      found: has ? use : "missing",
      ...(!has && needed && { remedy }),
    };
  });
}

/** Each provider's hooks, by the kernel's types and by a trial load. One provider that works is enough. */
function providerFindings(): Finding[] {
  const findings = (["tracepoints", "functions"] as const).map(providerFinding);
  const usable = findings.some(({ ok }) => ok);
  return findings.map((finding) => (finding.ok || !usable ? finding : { ...finding, ok: undefined }));
}

function providerFinding(name: ProviderName): Finding {
  const title = name === "tracepoints" ? "hooks: socket tracepoints" : "hooks: TCP functions (fentry)";
  try {
    const spec = compiledPrograms(name);
    const missing = spec.programs.filter(({ hook }) => hookTypeId(kernelTypes(), hook) === undefined);
    const needed = missing.filter((program) => !optionalPrograms.has(program.name));
    if (needed.length > 0) {
      return {
        name: title,
        ok: false,
        found: `this kernel has no ${needed.map(({ hook }) => hook.target).join(", ")}`,
      };
    }
    const programs = spec.programs.filter((program) => !missing.includes(program)).map((program) => program.name);
    loadCollection(spec, { programs }).close();
    return { name: title, ok: true, found: `${programs.length} programs load` };
  } catch (error) {
    return { name: title, ok: false, found: "do not load", remedy: messageOf(error) };
  }
}

/** Whether a command can be traced, for whom the kernel's engine is not permitted. */
export function userEngineFinding(
  scope: string | undefined = read("/proc/sys/kernel/yama/ptrace_scope")?.trim(),
): Finding {
  const name = "observe --engine user";
  if (scope !== "3") return { name, ok: true, found: "ptrace of one's own children, no right needed" };
  const remedy = "set kernel.yama.ptrace_scope below 3 to observe commands without root (docs/engines.md)";
  return { name, ok: undefined, found: "ptrace is off (kernel.yama.ptrace_scope 3)", remedy };
}

const messageOf = (error: unknown) => (error instanceof TarsierError ? error.message : String(error));

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
