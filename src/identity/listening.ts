/** Which TCP ports something listens on, as a process's network namespace sees it. */

import { readFileSync } from "node:fs";

const listenState = "0A";

/** Ports with a listener in the namespace of `pid`; none when the process is gone. */
export function listeningPorts(pid: number): ReadonlySet<number> {
  return new Set(["tcp", "tcp6"].flatMap((table) => parseListeningPorts(readTable(`/proc/${pid}/net/${table}`))));
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
