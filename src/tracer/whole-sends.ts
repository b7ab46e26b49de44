/**
 * Sends whose result is known before they are made: a short one, on an established connection whose peer has taken all that was
 * sent before, is taken whole. It needs no stop at its end, which is a quarter of what a request costs.
 */

import { youngCalls } from "./calls.ts";
import { closeDescriptor, readMemory, socketOption, systemCall, tcpInfo } from "./libc.ts";

/** The longest send that is trusted to be taken whole. */
const lengthLimitBytes = 16 * 1024;
/** How much larger the send buffer must be: the kernel counts its own overhead in it. */
const roomFactor = 4;
const sendBufferOption = 7;
/** In `struct tcp_info` (linux/tcp.h). */
const infoAt = { state: 0, unacknowledged: 24, notSent: 144 } as const;
const infoBytes = 148;
const states = { established: 1, closeWait: 8 } as const;
const handleLimit = 64;
const vectorLimit = 16;

/** Knows which sends will be whole. */
export interface WholeSends {
  /** Whether a send of `lengthBytes` on a process's descriptor will be taken whole; false also where that cannot be asked. */
  willBe(process: number, fd: number, lengthBytes: number): boolean;
}

export function wholeSends(): WholeSends {
  const handles = new Map<number, number>();
  // A seccomp profile of a container may forbid to copy descriptors.
  let isPermitted = true;
  const handleOf = (process: number): number => {
    const known = handles.get(process);
    if (known !== undefined) return known;
    if (handles.size >= handleLimit) forgetAll();
    const handle = systemCall(youngCalls.pidfd_open, process);
    if (handle >= 0) handles.set(process, handle);
    return handle;
  };
  const forgetAll = () => {
    handles.forEach(closeDescriptor);
    handles.clear();
  };
  const copyOf = (process: number, fd: number): number => {
    const handle = handleOf(process);
    return handle < 0 ? handle : systemCall(youngCalls.pidfd_getfd, handle, fd);
  };
  return {
    willBe(process, fd, lengthBytes) {
      if (!isPermitted || lengthBytes <= 0 || lengthBytes > lengthLimitBytes) return false;
      let copy = copyOf(process, fd);
      if (copy < 0) {
        // The process may have ended, and its number be another one's.
        forgetAll();
        copy = copyOf(process, fd);
      }
      if (copy < 0) {
        isPermitted = false;
        return false;
      }
      const isIdle = isIdleConnection(copy) && socketOption(copy, sendBufferOption) >= roomFactor * lengthBytes;
      closeDescriptor(copy);
      return isIdle;
    },
  };
}

function isIdleConnection(fd: number): boolean {
  const info = tcpInfo(fd);
  if (info === undefined || info.byteLength < infoBytes) return false;
  const state = info.getUint8(infoAt.state);
  if (state !== states.established && state !== states.closeWait) return false;
  return info.getUint32(infoAt.unacknowledged, true) === 0 && info.getUint32(infoAt.notSent, true) === 0;
}

const table = new Uint8Array(16 * vectorLimit);
const tableView = new DataView(table.buffer);

/** How many bytes a table of buffers stands for; 0 when it is long, or cannot be read. */
export function vectorBytes(tid: number, address: bigint, bufferCount: number): number {
  if (bufferCount <= 0 || bufferCount > vectorLimit) return 0;
  if (!readMemory(tid, address, table.subarray(0, 16 * bufferCount))) return 0;
  let sum = 0;
  for (let index = 0; index < bufferCount; index++) sum += Number(tableView.getBigUint64(16 * index + 8, true));
  return sum;
}
