/** Classic filters in the sandbox: by their text, by two programs of libpcap with one meaning, and as the kernel runs them. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { randomSource } from "../../test/sandbox/random-code.ts";
import { findVectors } from "../bytes/vectors.testing.ts";
import { InputError } from "../errors/error.ts";
import { classic } from "../isa/index.ts";
import { loadCollection } from "../kernel/collection.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { testRun } from "../kernel/test-run.ts";
import { classicFilter } from "./classic-filter.ts";
import { loadSandbox } from "./sandbox.ts";

/** `tcp dst port 80` over IPv4; the header's length comes from the packet. */
const tcpTo80 = `
(000) ldh      [12]
(001) jeq      #0x800           jt 2	jf 8
(002) ldb      [23]
(003) jeq      #0x6             jt 4	jf 8
(004) ldxb     4*([14]&0xf)
(005) ldh      [x + 16]
(006) jeq      #0x50            jt 7	jf 8
(007) ret      #65535
(008) ret      #0`;

/** Test runs of socket filters begin behind an Ethernet header: this is one in front of the frame. */
function behindHeader(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(14 + frame.byteLength);
  bytes.set(frame, 14);
  return bytes;
}

function tcpFrame(port: number, headerWords = 5): Uint8Array {
  const bytes = new Uint8Array(80);
  bytes.set([8, 0, 0x40 | headerWords], 12);
  bytes[23] = 6;
  new DataView(bytes.buffer).setUint16(14 + 4 * headerWords + 2, port);
  return bytes;
}

/** How many bytes a filter takes of each frame. */
function verdicts(program: readonly classic.ClassicInstruction[], frames: readonly Uint8Array[]): number[] {
  const filter = loadSandbox(classicFilter(program)).program("filter");
  return frames.map((frame) => filter.run({ data: behindHeader(frame) }).returnValue);
}

test("a filter takes the packets that its text says", () => {
  const frames = [tcpFrame(80), tcpFrame(81), tcpFrame(80, 8), tcpFrame(80).subarray(0, 30)];
  assert.deepEqual(verdicts(classic.parseClassic(tcpTo80), frames), [65535, 0, 65535, 0]);
});

test("a division by zero returns 0, whatever the filter was to return", () => {
  const divide = [classic.loadConstant(8), classic.loadIndexLength(), classic.calculate("div", "x"), classic.returnA()];
  const byNothing = [classic.loadConstant(8), classic.calculate("mod", "x"), classic.returnConstant(7)];
  assert.deepEqual(verdicts(divide, [new Uint8Array(4), new Uint8Array(2)]), [2, 4]);
  assert.deepEqual(verdicts(byNothing, [new Uint8Array(4)]), [0]);
});

test("what only the kernel knows of a packet is refused by name", () => {
  const nla = [classic.loadPacketAt(4, classic.ancillaryStart + 12), classic.returnA()];
  assert.throws(
    () => classicFilter(nla),
    (error: Error) => error instanceof InputError && / `nla` /.test(error.message),
  );
});

/** Frames that look like packets in front, and like nothing behind. */
function someFrames(seed: number, count: number): Uint8Array[] {
  const random = randomSource(seed);
  return Array.from({ length: count }, () => {
    const frame = Uint8Array.from({ length: 20 + random.below(100) }, () =>
      random.chance(0.4) ? 0 : random.below(256),
    );
    const type = random.pick([0x0800, 0x86dd, 0x0806, 0x8100, 0x8847, random.below(0x10000)]);
    frame.set([type >> 8, type & 255, random.pick([0x45, 0x46, 0x60, random.below(256)])], 12);
    frame[23] = random.pick([1, 6, 17, 58, 132, random.below(256)]);
    return frame;
  });
}

const { path, skip } = findVectors("pcap-filter", "accept.json");
const cases: { name: string; opt?: string; unopt?: string }[] = skip ? [] : JSON.parse(readFileSync(path, "utf8"));

/** Both programs of a case, where the kernel would take them: libpcap's may load memory that holds nothing, or jump back. */
function validPair({ opt, unopt }: (typeof cases)[number]): classic.ClassicInstruction[][] | undefined {
  if (!opt || !unopt) return undefined;
  const pair = [classic.parseClassic(opt), classic.parseClassic(unopt)];
  try {
    for (const program of pair) classic.extendedFromClassic(program);
    return pair;
  } catch (error) {
    assert.ok(error instanceof InputError);
    return undefined;
  }
}

test("libpcap's plain and its optimised code take the same of every packet", { skip }, () => {
  let compared = 0;
  for (const [index, one] of cases.entries()) {
    const pair = validPair(one);
    if (pair === undefined) continue;
    const frames = someFrames(index, 10);
    assert.deepEqual(verdicts(pair[0]!, frames), verdicts(pair[1]!, frames), one.name);
    compared++;
  }
  assert.ok(compared > cases.length * 0.8, `${compared} of ${cases.length}`);
});

kernelTest("a translated filter takes in the sandbox what it takes in the kernel", () => {
  const pairs = cases.filter((_, index) => index % 20 === 0).map(validPair);
  const programs = [classic.parseClassic(tcpTo80), ...pairs.flatMap((pair) => pair?.slice(1) ?? [])];
  for (const [index, classicProgram] of programs.entries()) {
    const frames = [tcpFrame(80), tcpFrame(80, 7), ...someFrames(1000 + index, 10)];
    const collection = loadCollection(classicFilter(classicProgram));
    try {
      const program = collection.program("filter");
      const inKernel = frames.map((frame) => testRun(program, { data: behindHeader(frame) }).returnValue);
      assert.deepEqual(verdicts(classicProgram, frames), inKernel, classic.printClassic(classicProgram));
    } finally {
      collection.close();
    }
  }
});
