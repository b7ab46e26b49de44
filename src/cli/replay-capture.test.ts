import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { joined, linkTypes, pcapHead, pcapngHead, pcapngPacket, pcapRecord } from "../filter/captures/index.ts";
import { directoryWith, tarsier } from "./tarsier.testing.ts";

const program = `import { arrayMap, atomic, cgroupSkb, now, ringBuffer, struct, u8, u16be, u32, u64, xdp } from "tarsier/program";

const Ethernet = struct({ high: u32, low: u32, middle: u32, type: u16be });
const Seen = struct({ lengthBytes: u64, timeNs: u64 });
export const lengths = arrayMap({ value: Seen, maxEntries: 2 });
export const seen = ringBuffer({ sizeBytes: 4096 });

export const onlyIp = xdp((packet) => {
  const total = lengths.get(0);
  if (total === null) return xdp.aborted;
  total.lengthBytes += u64(packet.length);
  total.timeNs = now();
  const ethernet = packet.view(Ethernet, 0);
  if (ethernet === null) return xdp.drop;
  console.log("type", ethernet.type);
  return ethernet.type === 0x0800 ? xdp.pass : xdp.drop;
});

export const short = cgroupSkb.ingress((packet) => (packet.length < 40 ? cgroupSkb.allow : cgroupSkb.deny));
`;
const frame = (type: number, length: number) => {
  const bytes = new Uint8Array(length);
  bytes.set([type >> 8, type & 255], 12);
  bytes[14] = 0x45;
  return { bytes, seconds: 1_700_000_000, nanoseconds: 5 };
};
const frames = [frame(0x0800, 60), frame(0x86dd, 60), frame(0x0800, 30)];
const pcap = joined([pcapHead(linkTypes.ethernet), ...frames.map((each) => pcapRecord(each))]);
const files = {
  "a.pcap": pcap,
  "a.pcap.gz": gzipSync(pcap),
  "a.pcapng": joined([pcapngHead(linkTypes.ethernet, false), ...frames.map((each) => pcapngPacket(each, false))]),
  "raw.pcap": joined([
    pcapHead(linkTypes.raw),
    ...frames.map(({ bytes, ...rest }) => pcapRecord({ bytes: bytes.slice(14), ...rest })),
  ]),
  "cut.pcap": pcap.slice(0, -1),
  "text.pcap": "text",
  "p.ts": program,
};

test("each program runs over all packets of a capture; verdicts, logs and maps are shown", (context) => {
  const directory = directoryWith(context, files);
  for (const name of ["a.pcap", "a.pcapng", "a.pcap.gz"]) {
    const { status, stdout, stderr } = tarsier(directory, ["replay", "--json", name, "p.ts"]);
    assert.equal(status, 0, stderr);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map((line) => line.log ?? line.program ?? line.map),
      ["type 2048", "type 34525", "type 2048", "onlyIp", "short", "lengths"],
    );
    assert.deepEqual(lines[3].verdicts, { drop: 1, pass: 2 });
    assert.deepEqual(lines[4].verdicts, { deny: 2, allow: 1 });
    assert.deepEqual(lines[5].value, { lengthBytes: 150, timeNs: "1700000000000000005" });
  }
});

test("packets that begin with an IP header are given an Ethernet header", (context) => {
  const directory = directoryWith(context, files);
  const { stdout, stderr } = tarsier(directory, ["replay", "raw.pcap", "p.ts", "--program", "onlyIp"]);
  assert.match(stdout, /^onlyIp {2}3 packets {2}pass 3$/m, stderr);
});

test("wrong files and names are refused in one line that says what to do", (context) => {
  const directory = directoryWith(context, files);
  const said = (...parameters: string[]) => tarsier(directory, ["replay", ...parameters]).stderr.trim();
  assert.match(said("text.pcap", "p.ts"), /text\.pcap: this is no capture: give a file of tcpdump[^\n]*$/);
  assert.match(said("a.pcap", "p.ts", "--program", "none"), /there is none in p\.ts; there are: onlyIp, short$/);
  assert.match(said("cut.pcap", "p.ts"), /cut\.pcap: 45 bytes at its end are no whole packet/);
  assert.match(said("a.pcap", "absent.ts"), /absent\.ts/);
});
