/**
 * The one door to the machine: the C library through `koffi`. Everything that crosses it is a number,
 * an address or a C string; a memory block that the kernel may keep is never handed out here.
 */

import koffi from "koffi";

const libc = koffi.load(null);

const syscall4 = libc.func("int syscall(int number, int first, uintptr_t second, int third)");
const mmapCall = libc.func(
  "uintptr_t mmap(uintptr_t address, size_t length, int protection, int flags, int fd, int64 offset)",
);
const munmapCall = libc.func("int munmap(uintptr_t address, size_t length)");
const closeCall = libc.func("int close(int fd)");
const readCall = libc.func("long read(int fd, uintptr_t buffer, size_t count)");
const syscall5 = libc.func(
  "int syscall(int number, uintptr_t first, uintptr_t second, long third, long fourth, long fifth)",
);
const ioctlCall = libc.func("int ioctl(int fd, unsigned long request, long argument)");
const setnsCall = libc.func("int setns(int fd, int type)");
const interfaceIndexCall = libc.func("unsigned int if_nametoindex(const char *name)");
const socketOptionCall = libc.func("int setsockopt(int fd, int level, int name, uintptr_t value, unsigned int length)");
const epollCreateCall = libc.func("int epoll_create1(int flags)");
const epollControlCall = libc.func("int epoll_ctl(int epoll, int operation, int fd, uintptr_t event)");
const epollWaitCall = libc.func("int epoll_wait(int epoll, uintptr_t events, int count, int timeout)");
const signalMaskCall = libc.func("int pthread_sigmask(int how, uintptr_t set, uintptr_t previous)");

/** `SIG_BLOCK` and `SIG_SETMASK`; a `sigset_t` is 128 bytes, in glibc and musl. */
const signalMask = { block: 0, set: 2, sizeBytes: 128 } as const;
const everySignal = new Uint8Array(signalMask.sizeBytes).fill(0xff);

/** `bpf(2)`: the result, or the negated errno. */
export function bpfCall(callNumber: number, command: number, attribute: bigint | number, sizeBytes: number): number {
  const result = syscall4(callNumber, command, attribute, sizeBytes) as number;
  return result < 0 ? -koffi.errno() : result;
}

/** Protections and flags of `mmap(2)`, the same on x64 and arm64. */
export const mapping = { read: 1, write: 2, shared: 1 } as const;

/** `mmap(2)` at an address of the kernel's choice: the address, or 0 with errno as `lastErrno` until the next call. */
export function mmap(fd: number, lengthBytes: number, protection: number, offset: number): bigint {
  const address = BigInt(mmapCall(0, lengthBytes, protection, mapping.shared, fd, offset));
  return BigInt.asIntN(64, address) === -1n ? 0n : address;
}

export function munmap(address: bigint, lengthBytes: number): void {
  munmapCall(address, lengthBytes);
}

export function closeDescriptor(fd: number): void {
  closeCall(fd);
}

/** Closes a descriptor once, however often it is called: a number that was closed may be another file's by then. */
export function closingOnce(fd: number): () => void {
  let isOpen = true;
  return () => {
    if (isOpen) closeCall(fd);
    isOpen = false;
  };
}

/** `read(2)`: bytes read, or the negated errno. */
export function readDescriptor(fd: number, target: Uint8Array): number {
  const result = Number(readCall(fd, addressOf(target), target.byteLength));
  return result < 0 ? -koffi.errno() : result;
}

/** The address of a byte array's memory. It stays valid as long as the array is referenced: see `tryBpf`. */
export function addressOf(memory: Uint8Array): bigint {
  return koffi.address(memory);
}

/** As `addressOf`, as a number: addresses of user memory are below 2^53. */
export function addressNumberOf(memory: Uint8Array): number {
  return Number(koffi.address(memory));
}

/** Memory that is not JavaScript's as an ArrayBuffer, without a copy. The caller unmaps it after the last use. */
export function viewOf(address: bigint, lengthBytes: number): ArrayBuffer {
  return koffi.view(address, lengthBytes);
}

export function lastErrno(): number {
  return koffi.errno();
}

/** A system call by its number, with up to five arguments: the result, or the negated errno. */
export function systemCall(
  number: number,
  first: bigint | number,
  second: bigint | number = 0,
  third = 0,
  fourth = 0,
  fifth = 0,
): number {
  const result = syscall5(number, first, second, third, fourth, fifth) as number;
  return result < 0 ? -koffi.errno() : result;
}

/** `ioctl(2)`: 0, or the negated errno. */
export function ioctl(fd: number, request: number, argument = 0): number {
  return ioctlCall(fd, request, argument) < 0 ? -koffi.errno() : 0;
}

/** `setns(2)` of this thread alone: 0, or the negated errno. */
export function setNamespace(fd: number, type: number): number {
  return setnsCall(fd, type) < 0 ? -koffi.errno() : 0;
}

/** The index of an interface in this thread's network namespace, 0 when there is none. */
export function interfaceIndex(name: string): number {
  return interfaceIndexCall(name) as number;
}

/** `setsockopt(2)` on the socket level with a number: 0, or the negated errno. */
export function setSocketOption(fd: number, name: number, value: number): number {
  const memory = new Uint8Array(Int32Array.of(value).buffer);
  return socketOptionCall(fd, 1, name, addressOf(memory), memory.byteLength) < 0 ? -koffi.errno() : 0;
}

const closeOnExec = 0x80000;

/** An epoll descriptor, or the negated errno. */
export function epollCreate(): number {
  const fd = epollCreateCall(closeOnExec) as number;
  return fd < 0 ? -koffi.errno() : fd;
}

export function epollControl(epoll: number, operation: number, fd: number, event: bigint): number {
  return epollControlCall(epoll, operation, fd, event) < 0 ? -koffi.errno() : 0;
}

/** How many descriptors are ready: 0 when the time is over or a signal came. Blocks this thread. */
export function epollWait(epoll: number, event: bigint, timeoutMs: number): number {
  return Math.max(0, epollWaitCall(epoll, event, 1, timeoutMs) as number);
}

/** Runs `call` while no signal reaches this thread; those that come meanwhile are taken afterwards. */
export function undisturbed<Result>(call: () => Result): Result {
  const previous = new Uint8Array(signalMask.sizeBytes);
  signalMaskCall(signalMask.block, addressOf(everySignal), addressOf(previous));
  try {
    return call();
  } finally {
    signalMaskCall(signalMask.set, addressOf(previous), 0n);
  }
}
