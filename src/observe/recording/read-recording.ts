/** Reading a recording. What is in the file is outside input: whatever is wrong with it is an `InputError`. */

import type { Struct } from "../../bytes/index.ts";
import { InputError } from "../../errors/error.ts";
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
import { readRuns } from "./runs.ts";

/** Bytes of a transfer that are known, from byte `from` of it on. */
export interface KnownBytes {
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** A transfer with what is known of its bytes. */
export interface RecordedTransfer extends Transferred {
  readonly parts: KnownBytes[];
}

export type RecordedEvent =
  | { readonly kind: "process"; readonly process: number; readonly name: string }
  | { readonly kind: "opened"; readonly opened: ConnectionOpened }
  | { readonly kind: "owned"; readonly cookie: bigint; readonly process: number }
  | { readonly kind: "transfer"; readonly transfer: RecordedTransfer }
  | { readonly kind: "ended"; readonly ended: ConnectionEnded };

/** A recording, whole. */
export interface Recording {
  readonly label: string;
  readonly name: string;
  readonly wallMs: number;
  readonly monotonicNs: bigint;
  readonly events: readonly RecordedEvent[];
  /** Undefined where the recording was broken off. */
  readonly over: Over | undefined;
}

/** What one part of a transfer may be at most, as the programs send it. */
const longestPartBytes = 1 << 20;
/** All parts together, so that a small file cannot ask for all memory there is. */
const longestPartsBytes = 1 << 30;
/** Times and lengths are numbers without a fraction when they are shown. */
const largest = BigInt(Number.MAX_SAFE_INTEGER);
const utf8 = new TextDecoder();

/** Whether a file is a recording, by its first bytes. */
export function isRecording(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && viewOf(bytes).getBigUint64(0, true) === magic;
}

/** Reads a recording; `path` is for messages. Throws `InputError`. A last event that is cut is left out. */
export function readRecording(bytes: Uint8Array, path: string): Recording {
  const wrong = (what: string) => new InputError("RECORDING_INVALID", `${path}: ${what}; record it again`);
  if (!isRecording(bytes)) throw new InputError("RECORDING_INVALID", `${path}: this is no recording of Tarsier's`);
  if (bytes.length < Head.sizeBytes) throw wrong("the recording ends within its head");
  const head = Head.decode(viewOf(bytes));
  if (head.version !== version) {
    throw new InputError(
      "RECORDING_VERSION",
      `${path}: a recording of version ${head.version}, and this Tarsier reads version ${version}: take the one that wrote it`,
    );
  }
  if (head.wallMs > 8_640_000_000_000n || head.monotonicNs > largest) throw wrong("the recording is of no time");
  const nameAt = Head.sizeBytes + head.labelLength;
  const first = nameAt + head.nameLength;
  if (first > bytes.length) throw wrong("the recording ends within its head");

  const { events, over } = readEvents(bytes, first, wrong);
  return {
    label: utf8.decode(bytes.subarray(Head.sizeBytes, nameAt)),
    name: utf8.decode(bytes.subarray(nameAt, first)),
    wallMs: Number(head.wallMs),
    monotonicNs: head.monotonicNs,
    events,
    over,
  };
}

function readEvents(bytes: Uint8Array, first: number, wrong: (what: string) => InputError) {
  const events: RecordedEvent[] = [];
  const transfers = new Map<bigint, [RecordedTransfer[], RecordedTransfer[]]>();
  let partsBytes = 0;
  let over: Over | undefined;
  let at = first;
  const check = (place: number, ...numbers: readonly bigint[]) => {
    if (numbers.some((number) => number > largest)) throw wrong(`the event at byte ${place} has no sensible numbers`);
  };
  while (at + EventHead.sizeBytes <= bytes.length && over === undefined) {
    const place = at;
    const { kind, lengthBytes } = EventHead.decode(viewOf(bytes.subarray(at)));
    at += EventHead.sizeBytes;
    if (lengthBytes > bytes.length - at) break;
    const body = bytes.subarray(at, at + lengthBytes);
    at += lengthBytes;
    const decode = <Layout extends Struct>(layout: Layout): ReturnType<Layout["decode"]> => {
      if (body.length < layout.sizeBytes) throw wrong(`the event at byte ${place} is too short`);
      return layout.decode(viewOf(body)) as ReturnType<Layout["decode"]>;
    };
    switch (kind) {
      case EventKind.process: {
        const { process, nameLength } = decode(ProcessNamed);
        const name = body.subarray(ProcessNamed.sizeBytes, ProcessNamed.sizeBytes + nameLength);
        events.push({ kind: "process", process, name: utf8.decode(name) });
        break;
      }
      case EventKind.opened: {
        const opened = decode(ConnectionOpened);
        check(place, opened.startNs);
        if (opened.role > 2) throw wrong(`the event at byte ${place} has no known role`);
        transfers.set(opened.cookie, [[], []]);
        events.push({ kind: "opened", opened });
        break;
      }
      case EventKind.owned: {
        const { cookie, process } = decode(ConnectionOwned);
        events.push({ kind: "owned", cookie, process });
        break;
      }
      case EventKind.transfer: {
        const transfer: RecordedTransfer = { ...decode(Transferred), parts: [] };
        check(place, transfer.offset, transfer.lengthBytes, transfer.startNs, transfer.endNs);
        if (transfer.lengthBytes > 0xffff_ffffn) throw wrong(`the event at byte ${place} has no sensible length`);
        transfers.get(transfer.cookie)?.[transfer.direction === 0 ? 0 : 1].push(transfer);
        events.push({ kind: "transfer", transfer });
        break;
      }
      case EventKind.bytes: {
        const { cookie, offset, lengthBytes: partBytes, direction } = decode(TransferredBytes);
        check(place, offset);
        partsBytes += partBytes;
        if (partBytes > longestPartBytes || partsBytes > longestPartsBytes) {
          throw wrong(`the event at byte ${place} has too many bytes`);
        }
        const part = readRuns(body.subarray(TransferredBytes.sizeBytes), partBytes);
        if (part === undefined) throw wrong(`the bytes at byte ${place} are not as long as they say`);
        const transfer = transfers
          .get(cookie)
          ?.[direction === 0 ? 0 : 1].findLast(
            (each) => offset >= each.offset && offset < each.offset + each.lengthBytes,
          );
        transfer?.parts.push({ from: Number(offset - transfer.offset), bytes: part });
        break;
      }
      case EventKind.ended: {
        const ended = decode(ConnectionEnded);
        check(place, ended.endNs, ended.sentBytes, ended.receivedBytes);
        events.push({ kind: "ended", ended });
        break;
      }
      case EventKind.over:
        over = decode(Over);
        check(place, over.durationNs, over.lost, over.agentCpuNs, over.probeCpuNsEstimate);
    }
  }
  return { events, over };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
