/** For tests: a small recording, built by hand. */

import type { Struct } from "../../bytes/index.ts";
import {
  ConnectionEnded,
  ConnectionOpened,
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

const utf8 = new TextEncoder();
const loopback = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1);
const cookie = 7n;

function event<Layout extends Struct>(
  kind: number,
  layout: Layout,
  value: Parameters<Layout["encode"]>[0],
  tail: Uint8Array = new Uint8Array(),
): number[] {
  const body = layout.encode(value as never);
  return [...EventHead.encode({ kind, lengthBytes: body.length + tail.length }), ...body, ...tail];
}

/** One request and its response on a connection that then ends. */
export function sampleRecording(end: number): Uint8Array {
  const padding = new Uint8Array(8);
  const transfer = (direction: number, startNs: bigint, text: string) => {
    const bytes = utf8.encode(text);
    const place = { cookie, offset: 0n, direction };
    return [
      ...event(EventKind.transfer, Transferred, {
        ...place,
        lengthBytes: BigInt(bytes.length),
        startNs,
        endNs: startNs + 1_000_000n * BigInt(direction),
        directed: 0,
        padding: padding.subarray(0, 6),
      }),
      ...event(
        EventKind.bytes,
        TransferredBytes,
        { ...place, lengthBytes: bytes.length, padding: padding.subarray(0, 3) },
        writeRuns(bytes),
      ),
    ];
  };
  const head = Head.encode({
    magic,
    version,
    labelLength: 5,
    nameLength: 4,
    wallMs: BigInt(Date.parse("2026-01-02T03:04:05Z")),
    monotonicNs: 1_000_000_000n,
  });
  return Uint8Array.from([
    ...head,
    ...utf8.encode("/shopshop"),
    ...event(EventKind.process, ProcessNamed, { process: 4711, nameLength: 4 }, utf8.encode("shop")),
    ...event(EventKind.opened, ConnectionOpened, {
      cookie,
      startNs: 1_000_500_000n,
      local: loopback,
      peer: loopback,
      localPort: 8080,
      peerPort: 50_000,
      role: 2,
      padding: padding.subarray(0, 3),
      process: 4711,
      padding2: 0,
    }),
    ...transfer(0, 1_001_000_000n, "GET /stock?sku=**** HTTP/1.1\r\nHost: a\r\nCookie:****\r\n\r\n"),
    ...transfer(1, 1_002_000_000n, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n*****"),
    ...event(EventKind.ended, ConnectionEnded, {
      cookie,
      endNs: 1_004_000_000n,
      sentBytes: 43n,
      receivedBytes: 54n,
      end,
      listening: 0,
      padding: padding.subarray(0, 6),
    }),
    ...event(EventKind.over, Over, {
      durationNs: 5_000_000n,
      lost: 0n,
      agentCpuNs: 1n,
      probeCpuNsEstimate: 1n,
      limited: 0,
      padding: 0,
    }),
  ]);
}
