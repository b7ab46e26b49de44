/** Running a program on all packets of a capture: as they lie in the file, which is read into the sandbox's memory. */

import { asEthernet, type CaptureReader, ethernetHeaderBytes } from "../filter/captures/index.ts";
import type { PacketBatch } from "./batch.ts";
import type { Sandbox, SandboxProgram } from "./sandbox.ts";

/** Where a capture comes from. */
export interface CaptureSource {
  /** Reads on into `bytes`; how many, 0 at the end. */
  read(bytes: Uint8Array): number;
}

/** The clock of a replay: programs see the time of the packets. */
export interface CaptureClock {
  /** Nanoseconds since 1970. Between the packets that run without coming back it stands still. */
  now(): bigint;
  set(seconds: number, nanoseconds: number): void;
}

/** What came of it. */
export interface CaptureRun {
  /** How many packets gave each result, by the low 32 bits of it. */
  readonly verdicts: ReadonlyMap<number, number>;
  readonly packets: number;
  /** Packets that no program can be given: of another link type, or too short. */
  readonly skipped: number;
  /** Bytes at the end that are no whole packet. */
  readonly restBytes: number;
}

const chunkBytes = 4 << 20;
const batchPackets = 16_384;
/** The longest packet of a sandbox. */
const longestPacketBytes = 65_535;
/** Helpers that need room before or behind the packet, by number: then packets are run one by one. */
const movingHelpers = new Set([44, 54, 65]);
/** Small results are counted without a look-up. */
const smallResults = 16;

export function captureClock(): CaptureClock {
  let seconds = 0;
  let nanoseconds = 0;
  return {
    now: () => BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds),
    set(newSeconds, newNanoseconds) {
      seconds = newSeconds;
      nanoseconds = newNanoseconds;
    },
  };
}

/** Memory for captures in a sandbox; one is enough for all its programs. */
export function captureRunner(sandbox: Sandbox, clock: CaptureClock) {
  const { machine } = sandbox;
  const base = machine.allocate(chunkBytes);
  const descriptors = machine.allocate(batchPackets * 8);
  const results = machine.allocate(batchPackets * 4);

  /** Runs `program` on every packet; `between` is called now and then, so that ring buffers can be read. */
  return (program: SandboxProgram, reader: CaptureReader, source: CaptureSource, between: () => void): CaptureRun => {
    const small = new Float64Array(smallResults);
    const others = new Map<number, number>();
    let packets = 0;
    let skipped = 0;
    let count = 0;
    const take = (result: number) => {
      if (result < smallResults) small[result]!++;
      else others.set(result, (others.get(result) ?? 0) + 1);
    };
    const batch: Omit<PacketBatch, "count"> & { count: number } = {
      count: 0,
      descriptors,
      results,
      add: () => false,
      clear() {},
    };
    const runBatch = () => {
      if (count === 0) return;
      batch.count = count;
      count = 0;
      const given = program.batch(batch);
      for (let index = 0; index < given.length; index++) take(given[index]!);
      between();
    };
    const isAlone = !runsInBatches(program);
    const visit = (at: number, length: number, linkType: number, seconds: number, nanoseconds: number) => {
      const start = asEthernet(machine.u8, at, length, linkType);
      const packetBytes = at + length - start;
      if (start < 0 || packetBytes < ethernetHeaderBytes || packetBytes > longestPacketBytes) {
        skipped++;
        return;
      }
      packets++;
      if (isAlone) {
        clock.set(seconds, nanoseconds);
        take(program.run({ data: machine.u8.slice(start, start + packetBytes) }).returnValue);
        if (packets % 1024 === 0) between();
        return;
      }
      if (count === 0) clock.set(seconds, nanoseconds);
      machine.i32[(descriptors >> 2) + 2 * count] = start;
      machine.i32[(descriptors >> 2) + 2 * count + 1] = packetBytes;
      if (++count === batchPackets) runBatch();
    };
    let rest = 0;
    for (;;) {
      const read = source.read(machine.u8.subarray(base + rest, base + chunkBytes));
      if (read === 0) break;
      const end = base + rest + read;
      const stopped = reader.read(machine.u8, base, end, visit);
      runBatch();
      rest = end - stopped;
      if (rest === chunkBytes) break;
      machine.u8.copyWithin(base, stopped, end);
    }
    between();
    const verdicts = new Map(others);
    small.forEach((number, result) => {
      if (number > 0) verdicts.set(result, number);
    });
    return { verdicts, packets, skipped, restBytes: rest };
  };
}

/** Programs that take the packet where it lies, and need nothing of a socket buffer but that. */
function runsInBatches({ spec }: SandboxProgram): boolean {
  if (spec.hook.kind !== "xdp") return false;
  const { code } = spec;
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  for (let at = 0; at + 8 <= code.byteLength; at += 8) {
    const isCall = code[at] === 0x85;
    if (isCall && (code[at + 1]! & 0xf0) === 0 && movingHelpers.has(view.getInt32(at + 4, true))) return false;
    // A tail call leaves the loop.
    if (isCall && (code[at + 1]! & 0xf0) === 0 && view.getInt32(at + 4, true) === 12) return false;
  }
  return true;
}
