/** What an observation could leave behind on a machine, and the check that it did not. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findCgroupHierarchy } from "../../src/identity/cgroup.ts";
import { objectId } from "../../src/kernel/attribute.ts";
import { attribute, type Command, tryBpf } from "../../src/kernel/bpf.ts";

/** Kernel objects (`program 12`), cgroups (`cgroup /path`) and this process's descriptors (`descriptor 20 → …`). */
export type Traces = ReadonlySet<string>;

const objectWalks = { program: "programNextId", map: "mapNextId", link: "linkNextId" } as const;

/** The kernel frees programs and maps a little after their last user is gone. */
const patienceMs = 2000;

/** Everything that is there now. */
export function findTraces(): Traces {
  return new Set([...kernelObjects(), ...cgroups(), ...descriptors()]);
}

/**
 * Fails when something is left that was not there before and that no other process of this machine holds. What comes
 * while this waits is of others, who may use BPF at the same time.
 */
export async function assertNothingLeft(before: Traces): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let left = [...findTraces()].filter((trace) => !before.has(trace));
  while (left.length > 0) {
    const foreign = heldByOthers();
    const present = findTraces();
    left = left.filter((trace) => present.has(trace) && !foreign.has(trace));
    if (left.length > 0 && performance.now() > deadline) assert.fail(`left behind: ${left.join(", ")}`);
    await sleep(50);
  }
}

function kernelObjects(): string[] {
  return Object.entries(objectWalks).flatMap(([kind, command]) => walk(command).map((id) => `${kind} ${id}`));
}

/** The ids of all objects of a kind. */
function walk(command: Command): number[] {
  const ids: number[] = [];
  for (;;) {
    const request = attribute(objectId, { id: ids.at(-1) ?? 0 });
    if (tryBpf(command, request) < 0) return ids;
    ids.push(objectId.decode(new DataView(request.buffer, request.byteOffset)).nextId);
  }
}

/** Cgroups that a Tarsier made below this process's own, except those whose maker still runs. */
export function cgroups(): string[] {
  const own = findCgroupHierarchy()?.own;
  if (own === undefined) return [];
  return readdirSync(own)
    .filter((name) => name.startsWith("tarsier-") && !existsSync(`/proc/${name.split("-")[1]}`))
    .map((name) => `cgroup ${join(own, name)}`);
}

/** BPF objects and files that this process has open; pipes, sockets and event queues the runtime opens by itself. */
function descriptors(): string[] {
  return openDescriptors("self")
    .filter(([, target]) => /^(anon_inode:bpf|\/(?!proc\/))/.test(target))
    .map(([fd, target]) => `descriptor ${fd} → ${target}`);
}

/** Kernel objects that other processes have open. */
function heldByOthers(): Set<string> {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return new Set(processes.flatMap(objectsOf));
}

function objectsOf(pid: string): string[] {
  return openDescriptors(pid)
    .filter(([, target]) => target.startsWith("anon_inode:bpf"))
    .flatMap(([fd]) => [...descriptorInfo(pid, fd).matchAll(/^(prog|map|link)_id:\s+(\d+)/gm)])
    .map(([, kind, id]) => `${kind === "prog" ? "program" : kind} ${id}`);
}

/** Numbers and targets of what a process has open; nothing when it is gone. */
export function openDescriptors(pid: number | string): [number, string][] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const target = linkTarget(`/proc/${pid}/fd/${fd}`);
      return target === undefined ? [] : [[Number(fd), target] as [number, string]];
    });
  } catch {
    return [];
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function descriptorInfo(pid: string, fd: number): string {
  try {
    return readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
  } catch {
    return "";
  }
}
