/** What the traced calls do: at its entry it is decided whether a call's result matters, and at its exit what it moved. */

import { parseSocketAddress } from "./addresses.ts";
import { type TracedCall, tracedCalls } from "./calls.ts";
import { isConnection } from "./descriptors.ts";
import { type Connection, direction, type EventSink, end, payload, role, type Transfer } from "./events.ts";
import { addressOf, ptrace, readMemory } from "./libc.ts";
import type { PendingCall, Thread } from "./processes.ts";
import { request } from "./ptrace.ts";
import { createRights } from "./rights.ts";
import type { TracedFiles } from "./traced-files.ts";
import { vectorBytes, wholeSends } from "./whole-sends.ts";

/** `struct ptrace_syscall_info`: at 24 the number and six arguments of a call, or its result; behind them the filter's data. */
const infoBytes = 88;
const at = { arguments: 32, result: 24, data: 80 } as const;

const socketError = { inProgress: 115, again: 11, reset: 104, brokenPipe: 32, refused: 111, timeout: 110 } as const;
/** Flags of a receive: bytes that stay where they are, are thrown away, or are errors. */
const messageFlag = { peek: 2, truncate: 0x20, errorQueue: 0x2000 } as const;
/** `struct mmsghdr`: a message and how many bytes of it moved; the table of buffers in a message. */
const messageBytes = 64;
const messageLengthAt = 56;
const buffersAt = 16;
const closeOnExecOnly = 4;

export interface CallFollower {
  /** A thread is about to make a call that the filter named: true when its exit matters. */
  enter(thread: Thread): boolean;
  /** The call has been made. */
  leave(thread: Thread): void;
}

export function followCalls(files: TracedFiles, sink: EventSink): CallFollower {
  const info = new Uint8Array(infoBytes);
  const view = new DataView(info.buffer);
  const infoAddress = addressOf(info);
  const { descriptors } = files;
  const rights = createRights(files);
  const whole = wholeSends();
  const moved: Transfer = {
    direction: 0,
    lengthBytes: 0,
    startNs: 0n,
    endNs: 0n,
    tid: 0,
    payload: 0,
    address: 0n,
    bufferCount: 0,
  };
  const argument = (index: number) => view.getInt32(at.arguments + 8 * index, true);

  const transfer = (connection: Connection, thread: Thread, way: number, lengthBytes: number) => {
    if (connection.process !== thread.process.pid) files.own(connection, thread.process);
    moved.direction = way;
    moved.lengthBytes = lengthBytes;
    moved.tid = thread.tid;
    moved.endNs = process.hrtime.bigint();
    moved.startNs = way === direction.sent ? thread.pending.startNs : moved.endNs;
    if (way === direction.sent) connection.sentBytes += lengthBytes;
    else connection.receivedBytes += lengthBytes;
    sink.transfer(connection, moved);
  };

  const none = () => {
    moved.payload = payload.none;
    moved.address = 0n;
    moved.bufferCount = 0;
  };

  const header = new Uint8Array(messageBytes);
  const headerView = new DataView(header.buffer);
  /** Where the buffers of a message are. */
  const payloadOfMessage = (thread: Thread, address: bigint) => {
    none();
    if (!readMemory(thread.tid, address, header)) return;
    moved.payload = payload.vector;
    moved.address = headerView.getBigUint64(buffersAt, true);
    moved.bufferCount = headerView.getUint32(buffersAt + 8, true);
  };

  const payloadOf = (call: TracedCall, thread: Thread) => {
    const { second, third } = thread.pending;
    none();
    if (call.payload === "buffer") {
      moved.payload = payload.buffer;
      moved.address = second;
    } else if (call.payload === "vector") {
      moved.payload = payload.vector;
      moved.address = second;
      moved.bufferCount = third;
    } else if (call.payload === "message") {
      payloadOfMessage(thread, second);
    }
  };

  const transfers = (call: TracedCall, connection: Connection, thread: Thread, result: number) => {
    const way = call.effect === "send" ? direction.sent : direction.received;
    const flags = call.flags === 2 ? thread.pending.third : call.flags === 3 ? thread.pending.fourth : 0;
    if (way === direction.received && (flags & (messageFlag.peek | messageFlag.errorQueue)) !== 0) return;
    const isThrownAway = way === direction.received && (flags & messageFlag.truncate) !== 0;
    if (call.payload !== "messages") {
      payloadOf(call, thread);
      if (isThrownAway) none();
      transfer(connection, thread, way, result);
      return;
    }
    for (let index = 0; index < result; index++) {
      payloadOfMessage(thread, thread.pending.second + BigInt(messageBytes * index));
      const lengthBytes = headerView.getUint32(messageLengthAt, true);
      if (isThrownAway) none();
      if (lengthBytes > 0) transfer(connection, thread, way, lengthBytes);
    }
  };

  const failedTransfer = (connection: Connection, result: number) => {
    if (result === -socketError.reset || result === -socketError.brokenPipe) connection.end = end.reset;
    else if (result === -socketError.timeout) connection.end = end.timeout;
  };

  const connected = (thread: Thread, result: number) => {
    const { first: fd, second, third, startNs } = thread.pending;
    const isFailed = result === -socketError.refused || result === -socketError.timeout;
    if (result !== 0 && result !== -socketError.inProgress && !isFailed) return;
    const address = new Uint8Array(Math.min(Math.max(third, 0), 28));
    if (!readMemory(thread.tid, second, address)) return;
    const peer = parseSocketAddress(address);
    if (peer === undefined) return;
    const known = thread.process.files.descriptors.get(fd);
    // Asked again, a socket that is being connected only says how far it is.
    if (isConnection(known) && known.end === end.open && !isFailed && known.peer.port === peer.port) return;
    const connection = files.open(thread, fd, role.client, startNs, peer);
    if (connection !== undefined && isFailed) failedConnect(connection, -result);
  };

  const failedConnect = (connection: Connection, error: number) => {
    connection.end =
      error === socketError.timeout ? end.timeout : error === socketError.reset ? end.reset : end.refused;
  };

  const word = new Uint8Array(4);
  const askedForError = (connection: Connection, thread: Thread) => {
    if (!readMemory(thread.tid, thread.pending.second, word)) return;
    const error = new DataView(word.buffer).getInt32(0, true);
    if (error === 0) return;
    if (connection.sentBytes === 0 && connection.receivedBytes === 0) failedConnect(connection, error);
    else failedTransfer(connection, -error);
  };

  const spliced = (thread: Thread, result: number) => {
    const into = files.resolve(thread, thread.pending.third);
    const from = files.resolve(thread, thread.pending.first);
    none();
    if (isConnection(from)) transfer(from, thread, direction.received, result);
    if (isConnection(into)) transfer(into, thread, direction.sent, result);
  };

  const closeRange = (thread: Thread) => {
    if ((thread.pending.third & closeOnExecOnly) !== 0) return;
    const { first, second } = thread.pending;
    const [low, high] = [first >>> 0, Number(BigInt.asUintN(32, second))];
    const { files: table } = thread.process;
    for (const fd of [...table.descriptors.keys()]) if (fd >= low && fd <= high) descriptors.drop(table, fd);
  };

  /** How many bytes are to be sent; 0 when that would take long to find out. */
  const lengthOf = (call: TracedCall, { tid, pending }: Thread): number => {
    if (call.payload === "buffer") return pending.third;
    return call.payload === "vector" ? vectorBytes(tid, pending.second, pending.third) : 0;
  };

  const enterTransfer = (call: TracedCall, thread: Thread, pending: PendingCall): boolean => {
    const descriptor = files.resolve(thread, pending.first);
    if (isConnection(descriptor)) {
      pending.connection = descriptor;
      if (call.effect === "receive") return true;
      pending.startNs = process.hrtime.bigint();
      const lengthBytes = lengthOf(call, thread);
      if (!whole.willBe(thread.process.pid, pending.first, lengthBytes)) return true;
      transfers(call, descriptor, thread, lengthBytes);
      return false;
    }
    if (descriptor !== "socket" || call.payload !== "message") return false;
    // A Unix socket may carry descriptors.
    if (call.effect === "send") rights.sent(thread, pending.second);
    return call.effect === "receive";
  };

  const enterDuplicate = (call: TracedCall, thread: Thread, pending: PendingCall): boolean => {
    const { files: table } = thread.process;
    const descriptor = files.resolve(thread, pending.first);
    if (isConnection(descriptor)) {
      pending.connection = descriptor;
      return true;
    }
    if (call.target !== undefined) {
      const target = Number(BigInt.asIntN(32, pending.second));
      if (target !== pending.first) descriptors.drop(table, target);
    }
    return false;
  };

  const enterCall = (call: TracedCall, thread: Thread, pending: PendingCall): boolean => {
    switch (call.effect) {
      case "receive":
      case "send":
        return enterTransfer(call, thread, pending);
      case "close":
        descriptors.drop(thread.process.files, pending.first);
        return false;
      case "closeRange":
        closeRange(thread);
        return false;
      case "duplicate":
        return enterDuplicate(call, thread, pending);
      case "socketError": {
        const descriptor = thread.process.files.descriptors.get(pending.first);
        if (!isConnection(descriptor)) return false;
        pending.connection = descriptor;
        pending.second = view.getBigUint64(at.arguments + 24, true);
        return true;
      }
      case "connect":
        pending.startNs = process.hrtime.bigint();
        return true;
      case "accept":
        return true;
      case "splice": {
        const [from, into] = [files.resolve(thread, pending.first), files.resolve(thread, pending.third)];
        pending.startNs = process.hrtime.bigint();
        return isConnection(from) || isConnection(into);
      }
      case "unshare": {
        const { process: owner } = thread;
        if (owner.files.processes > 1) {
          owner.files.processes--;
          owner.files = descriptors.copy(owner.files);
        }
        return false;
      }
    }
  };

  const leaveCall = (call: TracedCall, thread: Thread, pending: PendingCall, result: number) => {
    const { connection } = pending;
    switch (call.effect) {
      case "receive":
      case "send":
        if (connection === undefined) {
          if (result >= 0) rights.received(thread, pending.second);
        } else if (result > 0) transfers(call, connection, thread, result);
        else if (result < 0 && result !== -socketError.again) failedTransfer(connection, result);
        return;
      case "splice":
        if (result > 0) spliced(thread, result);
        return;
      case "accept":
        if (result >= 0) files.open(thread, result, role.server, process.hrtime.bigint());
        return;
      case "connect":
        return connected(thread, result);
      case "duplicate":
        if (result >= 0 && connection !== undefined) descriptors.hold(thread.process.files, result, connection);
        return;
      case "socketError":
        if (result === 0 && connection !== undefined) askedForError(connection, thread);
        return;
    }
  };

  return {
    enter(thread) {
      if (ptrace(request.syscallInfo, thread.tid, infoBytes, infoAddress) < 0) return false;
      const { pending } = thread;
      pending.index = view.getUint16(at.data, true);
      const call = tracedCalls[pending.index];
      if (call === undefined) return false;
      pending.connection = undefined;
      pending.first = argument(0);
      pending.second = view.getBigUint64(at.arguments + 8, true);
      pending.third = argument(2);
      pending.fourth = argument(3);
      const matters = enterCall(call, thread, pending);
      if (!matters) pending.index = -1;
      return matters;
    },
    leave(thread) {
      const { pending } = thread;
      const call = tracedCalls[pending.index];
      if (call === undefined) return;
      pending.index = -1;
      if (ptrace(request.syscallInfo, thread.tid, infoBytes, infoAddress) < 0) return;
      leaveCall(call, thread, pending, Number(view.getBigInt64(at.result, true)));
    },
  };
}
