/** Which descriptors of a process are connections: looked up once, remembered until they are closed. */

import type { Connection } from "./events.ts";

/** What a descriptor is: a connection, another socket (which may carry descriptors), or anything else. */
export type Descriptor = Connection | "socket" | "file";

/** The open files of one process, or of several that share them (`CLONE_FILES`). */
export interface FilesTable {
  readonly descriptors: Map<number, Descriptor>;
  processes: number;
}

export const isConnection = (descriptor: Descriptor | undefined): descriptor is Connection =>
  typeof descriptor === "object";

export const newTable = (): FilesTable => ({ descriptors: new Map(), processes: 1 });

/** Remembers what `fd` is. `unheld` hears of a connection that this was the last known descriptor of. */
export interface Descriptors {
  hold(table: FilesTable, fd: number, descriptor: Descriptor): void;
  drop(table: FilesTable, fd: number): void;
  /** What a child process has that gets its own copy. */
  copy(table: FilesTable): FilesTable;
  /** One process fewer uses the table. */
  release(table: FilesTable): void;
}

export function trackDescriptors(unheld: (connection: Connection) => void): Descriptors {
  const letGo = (descriptor: Descriptor | undefined) => {
    if (isConnection(descriptor) && --descriptor.holders === 0) unheld(descriptor);
  };
  return {
    hold(table, fd, descriptor) {
      const before = table.descriptors.get(fd);
      if (before === descriptor) return;
      if (isConnection(descriptor)) descriptor.holders++;
      table.descriptors.set(fd, descriptor);
      letGo(before);
    },
    drop(table, fd) {
      const descriptor = table.descriptors.get(fd);
      if (descriptor === undefined) return;
      table.descriptors.delete(fd);
      letGo(descriptor);
    },
    copy(table) {
      const connections = [...table.descriptors].filter(([, descriptor]) => isConnection(descriptor));
      for (const [, descriptor] of connections) if (isConnection(descriptor)) descriptor.holders++;
      return { descriptors: new Map(connections), processes: 1 };
    },
    release(table) {
      if (--table.processes > 0) return;
      const held = [...table.descriptors.values()];
      table.descriptors.clear();
      held.forEach(letGo);
    },
  };
}
