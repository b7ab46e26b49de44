/** Running a program on a packet or a context, as `BPF_PROG_TEST_RUN` does (`net/bpf/test_run.c`). */

import { InputError } from "../errors/error.ts";
import type { TestRunInput, TestRunResult } from "../spec/index.ts";
import { type PacketContext, packetContexts, packetIsWritable, writableContextOf } from "./contexts.ts";
import { movePacket, packetOf } from "./helpers/packet.ts";
import { cells, contextAt, packetAreaAt, packetCapacityBytes, packetHeadroomBytes } from "./layout.ts";
import type { Machine } from "./machine.ts";
import { contextBytes, type Executable, execute, placeContext, prepare, throwFault } from "./run.ts";

const ethernetHeaderBytes = 14;
/** The loopback interface, which the kernel's test runs have too. */
const loopbackIndex = 1;
const shortestPacketBytes = 14;

/** Runs a program on what is given. A packet is changed from run to run, as in the kernel. */
export function runOn(
  machine: Machine,
  program: Executable,
  programs: readonly Executable[],
  limit: number,
  leastContextBytes: number,
  input: TestRunInput,
): TestRunResult {
  const { hook } = program.linked.spec;
  const layout = packetContexts[hook.kind];
  const given = contextBytes(input.context);
  const hasPacket = layout !== undefined && (layout.begins !== "other" || input.data !== undefined);
  const contextSize = Math.max(given.byteLength, layout?.sizeBytes ?? 0);
  placeContext(machine, given, writableContextOf(hook.kind), leastContextBytes);
  const isFrame = hasPacket && layout.begins === "network";
  if (hasPacket) placePacket(machine, layout, input.data ?? new Uint8Array(), packetIsWritable(hook.kind));
  const count = Math.max(1, input.repeat ?? 1);
  const begunMs = performance.now();
  runTimes(machine, program, programs, limit, count, contextSize);
  const durationNs = Math.round(((performance.now() - begunMs) * 1e6) / count);
  return {
    returnValue: machine.registers[0]! >>> 0,
    durationNs,
    data: hasPacket ? packetLeft(machine, layout, isFrame) : new Uint8Array(),
    context: machine.u8.slice(contextAt, contextAt + contextSize),
  };
}

function runTimes(
  machine: Machine,
  program: Executable,
  programs: readonly Executable[],
  limit: number,
  count: number,
  contextSize: number,
): void {
  let done = 0;
  const { loops } = program;
  if (count > 1 && loops !== undefined) {
    const outer = machine.running;
    prepare(machine, program, limit, contextSize);
    try {
      done = loops.repeat(count, limit);
    } finally {
      machine.running = outer;
    }
    if (machine.i32[cells.status >> 2] !== 0) throwFault(machine, program.linked);
  }
  for (; done < count; done++) execute(machine, program, programs, limit, contextSize);
}

/** Puts a packet in place, with the Ethernet header or without it, and says in the context where it lies. */
function placePacket(machine: Machine, layout: PacketContext, data: Uint8Array, writable: boolean): void {
  const isPacket = layout.begins !== "other";
  if (data.byteLength > packetCapacityBytes || (isPacket && data.byteLength < shortestPacketBytes)) {
    throw new InputError(
      "SANDBOX_PACKET",
      isPacket
        ? `a packet of ${data.byteLength} bytes: it takes ${shortestPacketBytes} to ${packetCapacityBytes}, from the Ethernet header on`
        : `${data.byteLength} bytes: there is room for ${packetCapacityBytes}`,
    );
  }
  const at = packetAreaAt + packetHeadroomBytes;
  // What the last packet left at its head is not for this one.
  machine.u8.fill(0, packetAreaAt, at);
  machine.u8.set(data, at);
  const isNetwork = layout.begins === "network";
  const start = isNetwork ? at + ethernetHeaderBytes : at;
  const end = at + data.byteLength;
  movePacket(machine, layout, { first: start, start, end, isWritable: writable });
  if (!isPacket) return;
  // What the caller described stays as it is.
  const fill = (offset: number, value: number) => {
    if (machine.view.getUint32(contextAt + offset, true) === 0) machine.view.setUint32(contextAt + offset, value, true);
  };
  if (layout.length === undefined) return fill(xdpInterface, loopbackIndex);
  fill(socketBuffer.packetType, packetTypeOf(data));
  fill(socketBuffer.protocol, machine.view.getUint16(at + 12, true));
  fill(socketBuffer.interfaceIndex, loopbackIndex);
}

const xdpInterface = 12;
/** Offsets in `__sk_buff`. */
const socketBuffer = { packetType: 4, protocol: 16, interfaceIndex: 40 } as const;

/** The packet as it is now, of XDP with its metadata; where programs do not see the Ethernet header, that is zero. */
function packetLeft(machine: Machine, layout: PacketContext, isFrame: boolean): Uint8Array {
  const { first, end } = packetOf(machine, layout);
  const bytes = machine.u8.slice(first, end);
  if (!isFrame) return bytes;
  const whole = new Uint8Array(ethernetHeaderBytes + bytes.byteLength);
  whole.set(bytes, ethernetHeaderBytes);
  return whole;
}

/** Host, broadcast, multicast or another host, by the destination (`eth_type_trans`): the loopback interface's address is zero. */
function packetTypeOf(data: Uint8Array): number {
  const destination = data.subarray(0, 6);
  if (destination.every((byte) => byte === 0xff)) return 1;
  if ((destination[0]! & 1) !== 0) return 2;
  return destination.every((byte) => byte === 0) ? 0 : 3;
}
