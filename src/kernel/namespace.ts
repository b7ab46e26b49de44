/** Doing something in another network namespace: this thread goes there and comes back before anything else runs. */

import { closeSync, openSync } from "node:fs";
import { BugError, InputError, KernelError } from "../errors/error.ts";
import type { AtInterface, NetworkNamespace } from "./attach-options.ts";
import { errnoName } from "./errno.ts";
import { interfaceIndex, setNamespace } from "./libc.ts";

const networkNamespaceType = 0x4000_0000;
const ownPath = "/proc/thread-self/ns/net";

/** Runs `call`, which must not wait, in the namespace; in this thread's own when there is none given. */
export function inNetworkNamespace<Result>(netns: NetworkNamespace | undefined, call: () => Result): Result {
  if (netns === undefined) return call();
  return withNamespace(netns, (target) => {
    const home = openSync(ownPath, "r");
    try {
      const errno = -setNamespace(target, networkNamespaceType);
      if (errno !== 0) {
        throw new KernelError("NETNS_REFUSED", `cannot enter the network namespace ${netns}: ${errnoName(errno)}`);
      }
      const outcome = attempt(call);
      if (setNamespace(home, networkNamespaceType) !== 0) {
        throw new BugError("NETNS_LOST", "this thread cannot return to its network namespace");
      }
      if (outcome.failed) throw outcome.error;
      return outcome.result;
    } finally {
      closeSync(home);
    }
  });
}

function attempt<Result>(call: () => Result): { failed: false; result: Result } | { failed: true; error: unknown } {
  try {
    return { failed: false, result: call() };
  } catch (error) {
    return { failed: true, error };
  }
}

/** A descriptor of the namespace, as long as `use` runs; this thread's own when there is none given. */
export function withNamespace<Result>(netns: NetworkNamespace | undefined, use: (fd: number) => Result): Result {
  if (typeof netns === "number") return use(netns);
  const path = netns ?? ownPath;
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (cause) {
    throw new InputError("NETNS_ABSENT", `there is no network namespace ${path}`, { cause });
  }
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** The index of an interface in this thread's network namespace. */
export function indexOfInterface({ interface: name, netns }: AtInterface): number {
  if (typeof name === "number") return name;
  const index = interfaceIndex(name);
  if (index === 0) {
    const where = netns === undefined ? "here" : `in the network namespace ${netns}`;
    throw new InputError("INTERFACE_ABSENT", `there is no network interface ${name} ${where}`);
  }
  return index;
}
