/**
 * The C library, as far as a tracer needs it: `ptrace(2)`, `waitpid(2)`, another process's memory, and signals that only
 * wake. Everything is synchronous and belongs to the calling thread; memory that the kernel fills is allocated once.
 */

import koffi from "koffi";

const libc = koffi.load(null);

const ptraceCall = libc.func("long ptrace(int request, int pid, uintptr_t address, uintptr_t data)");
const waitCall = libc.func("int waitpid(int pid, uintptr_t status, int options)");
const readMemoryCall = libc.func(
  "long process_vm_readv(int pid, uintptr_t local, ulong localCount, uintptr_t remote, ulong remoteCount, ulong flags)",
);
const readLinkCall = libc.func("long readlink(const char *path, uintptr_t buffer, size_t size)");
const signalActionCall = libc.func("int sigaction(int signal, uintptr_t action, uintptr_t previous)");
const signalMaskCall = libc.func("int pthread_sigmask(int how, uintptr_t set, uintptr_t previous)");
const timerCall = libc.func("int setitimer(int which, uintptr_t value, uintptr_t previous)");
const syscall6 = libc.func(
  "long syscall(long number, uintptr_t first, uintptr_t second, uintptr_t third, uintptr_t fourth, uintptr_t fifth)",
);
const processControlCall = libc.func("int prctl(int option, ulong second, ulong third, ulong fourth, ulong fifth)");
const execveCall = libc.func("int execve(const char *path, uintptr_t arguments, uintptr_t environment)");
const setLimitCall = libc.func("int setrlimit(int resource, uintptr_t limit)");
const getLimitCall = libc.func("int getrlimit(int resource, uintptr_t limit)");
const closeCall = libc.func("int close(int fd)");
const socketOptionCall = libc.func("int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t length)");
const socketNameCall = libc.func("int getsockname(int fd, uintptr_t address, uintptr_t length)");
const peerNameCall = libc.func("int getpeername(int fd, uintptr_t address, uintptr_t length)");
const writeCall = libc.func("long write(int fd, uintptr_t buffer, size_t count)");
const readCall = libc.func("long read(int fd, uintptr_t buffer, size_t count)");
const descriptorControlCall = libc.func("int fcntl(int fd, int command, long argument)");

/** The address of a byte array's memory: valid as long as the array is referenced. */
export const addressOf = (memory: ArrayBufferView): number => Number(koffi.address(memory));

const failed = (result: number): number => (result < 0 ? -koffi.errno() : result);

/** `ptrace(2)`: its result, or the negated errno. */
export function ptrace(request: number, tid: number, address: number, data: number): number {
  const result = ptraceCall(request, tid, address, data) as number;
  return result < 0 ? -koffi.errno() : result;
}

const status = new Int32Array(1);
const statusAddress = addressOf(status);

/** `waitpid(2)` for any thread that is traced: its id, or the negated errno. `waitStatus` is its status. */
export function waitForAny(options: number): number {
  const result = waitCall(-1, statusAddress, options) as number;
  return result < 0 ? -koffi.errno() : result;
}

export const waitStatus = (): number => status[0]!;

const copyBytes = 16 * 1024;
const copy = new Uint8Array(copyBytes);
const vectors = new BigUint64Array(4);
const localAddress = addressOf(vectors);
const remoteAddress = localAddress + 16;
vectors[0] = BigInt(addressOf(copy));

/** Reads memory of another process; false when not all of it is there. */
export function readMemory(tid: number, address: bigint, into: Uint8Array): boolean {
  let done = 0;
  while (done < into.length) {
    const size = Math.min(copyBytes, into.length - done);
    vectors[1] = BigInt(size);
    vectors[2] = address + BigInt(done);
    vectors[3] = BigInt(size);
    if ((readMemoryCall(tid, localAddress, 1, remoteAddress, 1, 0) as number) !== size) return false;
    into.set(size === copyBytes ? copy : copy.subarray(0, size), done);
    done += size;
  }
  return true;
}

const link = new Uint8Array(64);
const linkAddress = addressOf(link);
const decoder = new TextDecoder("latin1");

/** What a symbolic link says, up to 64 bytes; empty when there is none. */
export function readLink(path: string): string {
  const length = Number(readLinkCall(path, linkAddress, link.length));
  return length <= 0 ? "" : decoder.decode(link.subarray(0, length));
}

/** A system call by its number: its result, or the negated errno. */
export function systemCall(number: number, first = 0, second = 0, third = 0, fourth = 0, fifth = 0): number {
  return failed(Number(syscall6(number, first, second, third, fourth, fifth)));
}

/** `prctl(2)`: its result, or the negated errno. */
export const processControl = (option: number, value: number): number =>
  failed(processControlCall(option, value, 0, 0, 0) as number);

/** `struct sigaction` of glibc and musl: the handler, a mask of 128 bytes, flags, restorer. */
const signalActionBytes = 152;
export const signalHandler = { default: 0, ignore: 1 } as const;

/** `sigaction(2)` without any flag: a system call that waits is ended by the signal, with EINTR. */
export function setSignalHandler(signal: number, handler: number): void {
  const action = new Uint8Array(signalActionBytes);
  new DataView(action.buffer).setBigUint64(0, BigInt(handler), true);
  signalActionCall(signal, addressOf(action), 0);
}

/** The address of a function that takes a number and does nothing: a handler for signals that only wake. */
export const doNothing = (): number => Number(koffi.address(libc.symbol("abs", "void")));

/** Takes every signal off this thread's mask. */
export function unblockSignals(): void {
  const none = new Uint8Array(128);
  signalMaskCall(2, addressOf(none), 0);
}

/** Sends this process `SIGALRM` every so many microseconds. */
export function startTimer(intervalUs: number): void {
  const value = BigInt64Array.of(0n, BigInt(intervalUs), 0n, BigInt(intervalUs));
  timerCall(0, addressOf(value), 0);
}

/** `execve(2)`: returns only when it failed, the negated errno. */
export function execute(path: string, parameters: readonly string[], environment: readonly string[]): number {
  const kept: Uint8Array[] = [];
  const table = (texts: readonly string[]): BigUint64Array => {
    const addresses = new BigUint64Array(texts.length + 1);
    texts.forEach((text, index) => {
      const bytes = new Uint8Array(Buffer.from(`${text}\0`));
      kept.push(bytes);
      addresses[index] = BigInt(addressOf(bytes));
    });
    return addresses;
  };
  const [first, second] = [table(parameters), table(environment)];
  const result = failed(execveCall(path, addressOf(first), addressOf(second)) as number);
  return kept.length > 0 ? result : result;
}

const openFiles = 7;

/** The soft limit of open files becomes `limit`, or the hard one where it is lower. */
export function limitOpenFiles(limit: number): void {
  const limits = new BigUint64Array(2);
  if ((getLimitCall(openFiles, addressOf(limits)) as number) !== 0) return;
  const hard = limits[1]!;
  const wanted = Number.isFinite(limit) ? BigInt(limit) : hard;
  limits[0] = wanted < hard ? wanted : hard;
  setLimitCall(openFiles, addressOf(limits));
}

export const closeDescriptor = (fd: number): void => void closeCall(fd);

const option = new Int32Array(2);
const optionAddress = addressOf(option);

/** A number among the options of a socket, on the socket level; the negated errno when it has none. */
export function socketOption(fd: number, name: number): number {
  option[1] = 4;
  const result = failed(socketOptionCall(fd, 1, name, optionAddress, optionAddress + 4) as number);
  return result < 0 ? result : option[0]!;
}

const infoCapacity = 256;
const info = new Uint8Array(infoCapacity + 4);
const infoAddress = addressOf(info);
const infoLength = new DataView(info.buffer, infoCapacity);
const tcpLevel = 6;
const tcpInfoOption = 11;

/** `struct tcp_info` of a socket, as much as the kernel has of it; `undefined` of none. Valid until the next call. */
export function tcpInfo(fd: number): DataView | undefined {
  infoLength.setInt32(0, infoCapacity, true);
  const result = socketOptionCall(fd, tcpLevel, tcpInfoOption, infoAddress, infoAddress + infoCapacity) as number;
  return result < 0 ? undefined : new DataView(info.buffer, 0, infoLength.getInt32(0, true));
}

const name = new Uint8Array(132);
const nameAddress = addressOf(name);
const nameLength = new DataView(name.buffer, 128);

/** The address of a socket (`sockaddr`), its own or its peer's; `undefined` when it has none. Valid until the next call. */
export function socketName(fd: number, whose: "own" | "peer"): Uint8Array | undefined {
  nameLength.setInt32(0, 128, true);
  const call = whose === "own" ? socketNameCall : peerNameCall;
  return (call(fd, nameAddress, nameAddress + 128) as number) === 0 ? name : undefined;
}

/** `write(2)` of a part of `bytes`: how many, or the negated errno. */
export const writeDescriptor = (fd: number, bytes: Uint8Array): number =>
  bytes.length === 0 ? 0 : failed(Number(writeCall(fd, addressOf(bytes), bytes.length)));

/** `read(2)`: how many bytes, 0 at the end, or the negated errno. */
export const readDescriptor = (fd: number, into: Uint8Array): number =>
  failed(Number(readCall(fd, addressOf(into), into.length)));

const setDescriptorFlags = 2;
const setStatusFlags = 4;
const setPipeSize = 1031;
const nonBlocking = 0o4000;

/** It stays open in the program that this process becomes. */
export const keepOpen = (fd: number): void => void descriptorControlCall(fd, setDescriptorFlags, 0);

/** Reading and writing it never waits from now on. */
export const doNotWait = (fd: number): void => void descriptorControlCall(fd, setStatusFlags, nonBlocking);

/** Gives a pipe room for so many bytes, where that is permitted. */
export const widenPipe = (fd: number, sizeBytes: number): void =>
  void descriptorControlCall(fd, setPipeSize, sizeBytes);
