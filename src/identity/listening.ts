/** Which TCP ports something listens on, as a process's network namespace sees it. */

import { readFileSync } from "node:fs";

const listenState = "0A";
const rememberedMs = 1000;
const rememberedProcesses = 1024;

/** Ports with a listener in the namespace of `pid`; none when the process is gone. */
export function listeningPorts(pid: number): ReadonlySet<number> {
  return new Set(["tcp", "tcp6"].flatMap((table) => parseListeningPorts(readTable(`/proc/${pid}/net/${table}`))));
}

/** Ports that were looked up not long ago. */
export interface ListeningPorts {
  /** Whether something listened on `port` in the namespace of `pid`, a short time ago at most. */
  isListening(pid: number, port: number): boolean;
}

/** The table of a busy machine is long: it is read again only for a port that was not in it, and not too often. */
export function rememberListeningPorts(
  read: (pid: number) => ReadonlySet<number> = listeningPorts,
  nowMs: () => number = () => performance.now(),
): ListeningPorts {
  const known = new Map<number, { readonly ports: ReadonlySet<number>; readonly readAtMs: number }>();
  return {
    isListening(pid, port) {
      let entry = known.get(pid);
      if (entry === undefined || (!entry.ports.has(port) && nowMs() - entry.readAtMs > rememberedMs)) {
        if (known.size >= rememberedProcesses) known.clear();
        entry = { ports: read(pid), readAtMs: nowMs() };
        known.set(pid, entry);
      }
      return entry.ports.has(port);
    },
  };
}

/** The ports of sockets in state LISTEN in a `/proc/net/tcp` table (proc_net(5)). */
export function parseListeningPorts(table: string): number[] {
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === listenState)
    .map((fields) => Number.parseInt(fields[1]!.slice(fields[1]!.lastIndexOf(":") + 1), 16));
}

function readTable(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
