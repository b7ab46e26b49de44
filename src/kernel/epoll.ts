/** epoll(7) on one descriptor: waiting, with the thread asleep, until there is something to read. */

import { KernelError } from "../errors/error.ts";
import { errnoName } from "./errno.ts";
import { addressOf, closeDescriptor, epollControl, epollCreate, epollWait } from "./libc.ts";

const add = 1;
const readable = 1;

export function epollOn(fd: number): { wait(timeoutMs: number): boolean; close(): void } {
  // `struct epoll_event` is packed on x64 alone: 12 bytes there, 16 elsewhere; its first word is the same.
  const event = new Uint8Array(new ArrayBuffer(16));
  new DataView(event.buffer).setUint32(0, readable, true);
  const epoll = epollCreate();
  const errno = -epollControl(epoll, add, fd, addressOf(event));
  if (errno !== 0) throw new KernelError("EPOLL_REFUSED", `cannot wait for the ring buffer: ${errnoName(errno)}`);
  return {
    wait: (timeoutMs) => epollWait(epoll, addressOf(event), timeoutMs) > 0,
    close: () => closeDescriptor(epoll),
  };
}
