// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** Programs of half a microsecond and more: arithmetic, memory, packets, maps, calls. Each runs on a frame of 1,500 bytes. */

import {
  array,
  arrayMap,
  bytes,
  global,
  hash,
  repeat,
  struct,
  u8,
  u16be,
  u32,
  u64,
  type ValueOf,
  xdp,
} from "tarsier/program";

export const answer = global(u64, 0n);

const Byte = struct({ value: u8 });
const Word = struct({ value: u32 });

/** Every byte of the packet, summed, each behind a check of its own. */
export const sumBytes = xdp((packet) => {
  let sum: u32 = 0;
  for (let at = 0; at < 1500; at++) {
    const byte = packet.view(Byte, at);
    if (byte === null) break;
    sum += u32(byte.value);
  }
  answer.value = u64(sum);
  return xdp.pass;
});

/** A thousand steps of xorshift (Marsaglia, 2003). */
export const randomNumbers = xdp((packet) => {
  let state = u64(packet.length) + 88172645463325252n;
  for (let step = 0; step < 1000; step++) {
    state ^= state << 13n;
    state ^= state >> 7n;
    state ^= state << 17n;
  }
  answer.value = state;
  return xdp.pass;
});

/** Divisions and remainders: the digits of 64 numbers. */
export const digits = xdp((packet) => {
  let sum = 0n;
  for (let number = 0; number < 64; number++) {
    let rest = u64(packet.length) * 7919n + u64(number) * 104729n;
    for (let digit = 0; digit < 8; digit++) {
      sum += rest % 10n;
      rest /= 10n;
    }
  }
  answer.value = sum;
  return xdp.pass;
});

const Sieve = struct({ composite: array(u8, 512) });
export const sieves = arrayMap({ value: Sieve, maxEntries: 1 });

/** The primes below 480 (Eratosthenes), in a map's value. */
export const sieve = xdp(() => {
  const numbers = sieves.get(0);
  if (numbers === null) return xdp.aborted;
  for (let at = 0; at < 480; at++) numbers.composite[at] = 0;
  let primes = 0n;
  for (let at: u32 = 2; at < 480; at++) {
    if (numbers.composite[at & 511] === 0) {
      primes++;
      if (at < 22) {
        for (let multiple: u32 = at * at; multiple < 480; multiple += at) numbers.composite[multiple & 511] = 1;
      }
    }
  }
  answer.value = primes;
  return xdp.pass;
});

const Words = struct({ words: array(u32, 32) });

/** 32 numbers of the packet sorted by insertion, in a map's value. */
export const lists = arrayMap({ value: Words, maxEntries: 1 });
export const sort = xdp((packet) => {
  const given = packet.view(Words, 64);
  const list = lists.get(0);
  if (given === null || list === null) return xdp.aborted;
  for (let at = 0; at < 32; at++) list.words[at] = given.words[at & 31]!;
  for (let turn = 0; turn < 31; turn++) {
    for (let at = 0; at < 31; at++) {
      const one = list.words[at & 31]!;
      const other = list.words[(at + 1) & 31]!;
      if (one > other) {
        list.words[at & 31] = other;
        list.words[(at + 1) & 31] = one;
      }
    }
  }
  answer.value = u64(list.words[7]!);
  return xdp.pass;
});

const Count = struct({ packets: u64 });
export const flows = hash({ key: u32, value: Count, maxEntries: 1024 });

/** 64 flows counted in a hash. */
export const countFlows = xdp((packet) => {
  for (let flow = 0; flow < 64; flow++) {
    const number = packet.view(Word, flow * 4);
    if (number === null) return xdp.aborted;
    const count = flows.getOrInsert(number.value & 255, Count.zero());
    if (count === null) return xdp.aborted;
    count.packets += 1n;
  }
  return xdp.pass;
});

const Step = struct({ sum: u64, rest: u64 });
type Step = ValueOf<typeof Step>;
export const steps = arrayMap({ value: Step, maxEntries: 1 });

/** A function called back 400 times. */
export const callBack = xdp((packet) => {
  const step = steps.get(0);
  if (step === null) return xdp.aborted;
  step.sum = 0n;
  step.rest = u64(packet.length);
  repeat(400, mixIn, step);
  answer.value = step.sum;
  return xdp.pass;
});

function mixIn(index: u32, step: Step): boolean {
  step.rest = step.rest * 6364136223846793005n + u64(index);
  step.sum ^= step.rest >> 33n;
  return true;
}

const Ethernet = struct({ destination: bytes(6), source: bytes(6), type: u16be });
const Ipv4 = struct({
  versionAndLength: u8,
  service: u8,
  length: u16be,
  id: u16be,
  fragment: u16be,
  timeToLive: u8,
  protocol: u8,
  checksum: u16be,
  source: u32,
  destination: u32,
});
const Ports = struct({ source: u16be, destination: u16be });

/** Whether a frame is TCP over IPv4 to port 80: what `tcp dst port 80` asks. */
export const tcpPort = xdp((packet) => {
  const ethernet = packet.view(Ethernet, 0);
  if (ethernet === null || ethernet.type !== 0x0800) return xdp.drop;
  const ip = packet.view(Ipv4, 14);
  if (ip === null || ip.protocol !== 6 || (ip.fragment & 0x1fff) !== 0) return xdp.drop;
  const ports = packet.view(Ports, 14 + (ip.versionAndLength & 15) * 4);
  return ports !== null && ports.destination === 80 ? xdp.pass : xdp.drop;
});

/** What a run itself costs. */
export const nothing = xdp(() => xdp.pass);
