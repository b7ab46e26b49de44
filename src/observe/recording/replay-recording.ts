/** Playing a recording: its events are given to the exchange core in the sandbox, and what that reports is read as ever. */

import type { Directive } from "../../programs/layouts.ts";
import type { Connection, Transfer } from "../../tracer/index.ts";
import { wallClock } from "../clock.ts";
import { type DescribedEvents, describedEvents } from "../described-events.ts";
import { rememberParties } from "../parties.ts";
import type { Directives } from "../raw-connections.ts";
import { createReader, type RecordSink } from "../reader.ts";
import { type Summary, sumUp } from "../summary.ts";
import type { RecordedTransfer, Recording } from "./read-recording.ts";

/** Where the bytes of the transfer in hand lie, for the programs. */
const bytesAt = 0x1_0000_0000n;
/** Payload kinds of `EventSink`. */
const inBuffer = 1;

/** Runs the exchange core over a recording; `sink` gets the records in their order. */
export function replayRecording(recording: Recording, sink: RecordSink): Summary {
  const { wallMs, monotonicNs, label, over } = recording;
  let inHand: RecordedTransfer | undefined;
  const events = describedEvents((_tid, address, into) => copyKnown(inHand, Number(address - bytesAt), into));
  const names = new Map<number, string>();
  const connections = new Map<bigint, Connection>();
  let isListening = false;
  const directed = directivesFor(events);
  const reader = createReader({ label }, sink, directed.directives, {
    clock: wallClock(
      () => wallMs,
      () => monotonicNs,
    ),
    parties: rememberParties(
      { isListening: () => isListening },
      { nameOf: (process, name) => names.get(process) ?? name },
    ),
  });
  const read = (view: DataView, offset: number) => reader.read(view, offset);
  let lastNs = monotonicNs;

  for (const event of recording.events) {
    switch (event.kind) {
      case "process":
        names.set(event.process, event.name);
        break;
      case "opened": {
        const connection = connectionOf(event.opened);
        connections.set(connection.cookie, connection);
        events.opened(connection, "");
        break;
      }
      case "owned": {
        const connection = connections.get(event.cookie);
        if (connection === undefined) break;
        connection.process = event.process;
        events.owned(connection, "");
        break;
      }
      case "transfer": {
        const connection = connections.get(event.transfer.cookie);
        if (connection === undefined) break;
        inHand = event.transfer;
        lastNs = event.transfer.endNs;
        if (event.transfer.directed !== 0) directed.follow(event.transfer.cookie);
        events.transfer(connection, transferOf(event.transfer));
        break;
      }
      case "ended": {
        const connection = connections.get(event.ended.cookie);
        if (connection === undefined) break;
        const { end, endNs, sentBytes, receivedBytes, listening } = event.ended;
        isListening = listening !== 0;
        Object.assign(connection, { end, sentBytes: Number(sentBytes), receivedBytes: Number(receivedBytes), endNs });
        connections.delete(connection.cookie);
        events.ended(connection);
      }
    }
    events.drain(read);
    sink.flush();
  }
  // A recording that was broken off leaves connections open.
  for (const connection of connections.values()) events.stillOpen(connection, lastNs);
  events.drain(read);
  reader.end();
  sink.flush();
  return sumUp(events.counts(), {
    counted: reader.counted,
    lost: reader.lost() + Number(over?.lost ?? 0n),
    durationNs: Number(over?.durationNs ?? lastNs - monotonicNs),
    agentCpuNs: Number(over?.agentCpuNs ?? 0n),
    probeCpuNsEstimate: Number(over?.probeCpuNsEstimate ?? 0n),
  });
}

/** Directives wait until the transfer that followed them when it was recorded: so it is clean or raw as it was then. */
function directivesFor(events: DescribedEvents) {
  const waiting = new Map<bigint, Directive>();
  const directives: Directives = {
    get: () => undefined,
    set: (cookie, directive) => {
      waiting.set(cookie, directive);
      return true;
    },
    delete: (cookie) => waiting.delete(cookie),
  };
  return {
    directives,
    follow(cookie: bigint) {
      const directive = waiting.get(cookie);
      if (directive !== undefined) events.setDirective(cookie, directive);
      waiting.delete(cookie);
    },
  };
}

interface Opened {
  readonly cookie: bigint;
  readonly role: number;
  readonly local: Uint8Array;
  readonly peer: Uint8Array;
  readonly localPort: number;
  readonly peerPort: number;
  readonly startNs: bigint;
  readonly process: number;
}

function connectionOf({ cookie, role, local, peer, localPort, peerPort, startNs, process }: Opened): Connection {
  return {
    cookie,
    inode: "",
    role,
    local: { address: local, port: localPort },
    peer: { address: peer, port: peerPort },
    startNs,
    process,
    holders: 1,
    sentBytes: 0,
    receivedBytes: 0,
    end: 0,
    endNs: 0n,
  };
}

function transferOf({ direction, lengthBytes, startNs, endNs }: RecordedTransfer): Transfer {
  return {
    direction,
    lengthBytes: Number(lengthBytes),
    startNs,
    endNs,
    tid: 0,
    payload: inBuffer,
    address: bytesAt,
    bufferCount: 0,
  };
}

/** Copies bytes of a transfer, which may stand in several parts of what is known of it. */
function copyKnown(transfer: RecordedTransfer | undefined, from: number, into: Uint8Array): boolean {
  if (transfer === undefined || from < 0) return false;
  for (let done = 0; done < into.length; ) {
    const at = from + done;
    const part = transfer.parts.find((each) => at >= each.from && at < each.from + each.bytes.length);
    if (part === undefined) return false;
    const piece = part.bytes.subarray(at - part.from, at - part.from + into.length - done);
    into.set(piece, done);
    done += piece.length;
  }
  return true;
}
