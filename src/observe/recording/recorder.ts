/** Writing a recording: what the programs tell of transfers, without what may be secret, to a file of bounded length. */

import { closeSync, openSync, writeSync } from "node:fs";
import type { Struct } from "../../bytes/index.ts";
import { InputError } from "../../errors/error.ts";
import { Endpoint, Role } from "../../programs/layouts.ts";
import {
  redactedByte,
  redactStreams,
  redactTail,
  resemblesRequest,
  type StreamRedactor,
} from "../../protocols/http1/index.ts";
import type { ClockReading } from "../clock.ts";
import type { ConnectionEvent, EndpointView, SegmentEvent, TransferEvent } from "../events.ts";
import { fieldOffset } from "../field-offset.ts";
import type { Party } from "../parties.ts";
import type { Summary } from "../summary.ts";
import {
  ConnectionEnded,
  ConnectionOpened,
  ConnectionOwned,
  EventHead,
  EventKind,
  Head,
  magic,
  Over,
  ProcessNamed,
  Transferred,
  TransferredBytes,
  version,
} from "./format.ts";
import { writeRuns } from "./runs.ts";

/** Hears what is observed, in its order. */
export interface Recorder {
  begin(label: string, clock: ClockReading): void;
  transfer(event: TransferEvent, party: Party): void;
  /** Bytes of a transfer that was told before. */
  bytes(event: SegmentEvent): void;
  connection(event: ConnectionEvent, party: Party): void;
  /** The observation is over. */
  end(summary: Summary): void;
  close(): void;
}

/** Where a recording goes. */
export interface RecorderOptions {
  readonly path: string;
  /** What was observed, as people are told. */
  readonly name: string;
  readonly limitBytes: number;
  readonly notice: (text: string) => void;
}

interface Followed {
  readonly redactor: StreamRedactor;
  role: number;
  process: number;
  /** Where the last transfer of each direction begins: received, sent. */
  readonly transferOffsets: [number, number];
}

const bufferBytes = 1 << 16;
const localAt = fieldOffset(Endpoint, "localHigh");
const peerAt = fieldOffset(Endpoint, "peerHigh");
const localPortAt = fieldOffset(Endpoint, "localPort");
const peerPortAt = fieldOffset(Endpoint, "peerPort");
const utf8 = new TextEncoder();
const longestTextBytes = 4096;

/** Opens the file. Throws `InputError` when it cannot be written. */
export function openRecorder({ path, name, limitBytes, notice }: RecorderOptions): Recorder {
  const file = boundedFile(path, limitBytes, notice);
  const { write } = file;
  const connections = new Map<number, Followed>();
  const names = new Map<number, string>();

  const nameProcess = ({ process: { pid, name: processName } }: Party) => {
    if (names.get(pid) === processName) return;
    names.set(pid, processName);
    const text = utf8.encode(processName).subarray(0, longestTextBytes);
    write(EventKind.process, ProcessNamed, { process: pid, nameLength: text.length }, text);
  };

  const follow = (endpoint: EndpointView, startNs: number, party: Party): Followed => {
    nameProcess(party);
    const { cookie, role, process, view, offset } = endpoint;
    let connection = connections.get(cookie);
    if (connection === undefined) {
      connection = { redactor: redactStreams(), role, process, transferOffsets: [0, 0] };
      connections.set(cookie, connection);
      const bytesAt = (at: number) => new Uint8Array(view.buffer, view.byteOffset + offset + at, 16);
      write(EventKind.opened, ConnectionOpened, {
        cookie: keyOf(cookie),
        startNs: BigInt(startNs),
        local: bytesAt(localAt),
        peer: bytesAt(peerAt),
        localPort: view.getUint16(offset + localPortAt, true),
        peerPort: view.getUint16(offset + peerPortAt, true),
        role,
        padding: new Uint8Array(3),
        process,
        padding2: 0,
      });
    } else if (connection.process !== process) {
      connection.process = process;
      write(EventKind.owned, ConnectionOwned, { cookie: keyOf(cookie), process, padding: 0 });
    }
    if (role !== Role.unknown) connection.role = role;
    return connection;
  };

  return {
    begin(label, { wallMs, monotonicNs }) {
      const [labelText, nameText] = [label, name].map((text) => utf8.encode(text).subarray(0, longestTextBytes));
      file.begin(
        Head.encode({
          magic,
          version,
          labelLength: labelText!.length,
          nameLength: nameText!.length,
          wallMs: BigInt(wallMs),
          monotonicNs,
        }),
        labelText!,
        nameText!,
      );
    },
    transfer(event, party) {
      const { endpoint, offset, lengthBytes, startNs, endNs, isSent, isDirected } = event;
      follow(endpoint, event.connectionStartNs, party).transferOffsets[isSent ? 1 : 0] = offset;
      write(EventKind.transfer, Transferred, {
        cookie: keyOf(endpoint.cookie),
        offset: BigInt(offset),
        lengthBytes: BigInt(lengthBytes),
        startNs: BigInt(startNs),
        endNs: BigInt(endNs),
        direction: isSent ? 1 : 0,
        directed: isDirected ? 1 : 0,
        padding: new Uint8Array(6),
      });
    },
    bytes({ kind, endpoint: { cookie }, isSent, offset, text }) {
      const connection = connections.get(cookie);
      if (connection === undefined || text.length === 0) return;
      // An older connection shows who asks by its first request.
      if (connection.role === Role.unknown && resemblesRequest(text, 0, text.length)) {
        connection.role = isSent ? Role.client : Role.server;
      }
      const side = isSent === (connection.role === Role.client) ? "request" : "response";
      const redacted = text.slice();
      if (connection.role === Role.unknown) redacted.fill(redactedByte);
      else if (kind === "part" && offset > connection.transferOffsets[isSent ? 1 : 0]) redactTail(redacted);
      else connection.redactor.redact(side, offset, redacted);
      const runs = writeRuns(redacted);
      write(
        EventKind.bytes,
        TransferredBytes,
        {
          cookie: keyOf(cookie),
          offset: BigInt(offset),
          lengthBytes: text.length,
          direction: isSent ? 1 : 0,
          padding: new Uint8Array(3),
        },
        runs,
      );
    },
    connection(event, party) {
      const { endpoint, startNs, endNs, sentBytes, receivedBytes, end } = event;
      follow(endpoint, startNs, party);
      connections.delete(endpoint.cookie);
      write(EventKind.ended, ConnectionEnded, {
        cookie: keyOf(endpoint.cookie),
        endNs: BigInt(endNs),
        sentBytes: BigInt(sentBytes),
        receivedBytes: BigInt(receivedBytes),
        end,
        listening: endpoint.role === Role.unknown && party.role === "server" ? 1 : 0,
        padding: new Uint8Array(6),
      });
    },
    end({ record, durationNs }) {
      file.end(EventKind.over, Over, {
        durationNs: BigInt(Math.round(durationNs)),
        lost: BigInt(record.lost),
        agentCpuNs: BigInt(Math.round(record.agentCpuNs)),
        probeCpuNsEstimate: BigInt(Math.round(record.probeCpuNsEstimate)),
        limited: file.isFull() ? 1 : 0,
        padding: 0,
      });
    },
    close: file.close,
  };
}

/** The kernel's key of a connection: cookies are 64 bit without a sign there. */
const keyOf = (cookie: number) => BigInt.asUintN(64, BigInt(cookie));

type Write = <Layout extends Struct>(
  kind: number,
  layout: Layout,
  value: Parameters<Layout["encode"]>[0],
  tail?: Uint8Array,
) => void;

/** A file that takes whole events up to a limit, and one last event after that. */
function boundedFile(path: string, limitBytes: number, notice: (text: string) => void) {
  let fd: number;
  try {
    fd = openSync(path, "w", 0o600);
  } catch (cause) {
    throw new InputError("RECORD_UNWRITABLE", `--record ${path}: cannot write there (${(cause as Error).message})`, {
      cause,
    });
  }
  let buffer = new Uint8Array(bufferBytes);
  let used = 0;
  let writtenBytes = 0;
  let isFull = false;
  let isBroken = false;
  let isOpen = true;
  const flush = () => {
    try {
      for (let at = 0; at < used && !isBroken; ) at += writeSync(fd, buffer, at, used - at);
    } catch (error) {
      isBroken = true;
      notice(`cannot write to ${path}: ${(error as Error).message}; the recording ends here`);
    }
    used = 0;
  };
  const put = (bytes: Uint8Array) => {
    if (used + bytes.length > buffer.length) flush();
    if (bytes.length > buffer.length) buffer = new Uint8Array(bytes.length);
    buffer.set(bytes, used);
    used += bytes.length;
    writtenBytes += bytes.length;
  };
  const event: Write = (kind, layout, value, tail) => {
    const body = layout.encode(value as never);
    put(EventHead.encode({ kind, lengthBytes: body.length + (tail?.length ?? 0) }));
    put(body);
    if (tail !== undefined) put(tail);
  };
  const write: Write = (kind, layout, value, tail) => {
    if (isFull || isBroken) return;
    const needed = EventHead.sizeBytes + layout.sizeBytes + (tail?.length ?? 0);
    if (writtenBytes + needed > limitBytes) {
      isFull = true;
      notice(
        `the recording is full: ${path} has ${writtenBytes} bytes, and what follows is not in it (--record-limit)`,
      );
      return;
    }
    event(kind, layout, value, tail);
  };
  return {
    begin: (...parts: Uint8Array[]) => parts.forEach(put),
    write,
    isFull: () => isFull,
    end: event,
    close() {
      if (!isOpen) return;
      isOpen = false;
      flush();
      closeSync(fd);
    },
  };
}
