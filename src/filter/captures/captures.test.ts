import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { InputError } from "../../errors/error.ts";
import {
  asEthernet,
  type CapturedPacket,
  captureReader,
  joined,
  linkTypes,
  pcapHead,
  pcapngHead,
  pcapngPacket,
  pcapRecord,
} from "./index.ts";

/** All packets of a file that comes in pieces of `pieceBytes`. */
function packetsOf(file: Uint8Array, pieceBytes = file.length): (CapturedPacket & { linkType: number })[] {
  const packets: (CapturedPacket & { linkType: number })[] = [];
  const reader = captureReader(file.slice(0, 4), "file.pcap");
  let taken = 0;
  for (let end = Math.min(pieceBytes, file.length); ; end = Math.min(end + pieceBytes, file.length)) {
    taken = reader.read(file, taken, end, (at, length, linkType, seconds, nanoseconds) => {
      packets.push({ bytes: file.slice(at, at + length), linkType, seconds, nanoseconds });
    });
    if (end === file.length) return packets;
  }
}

const packet = fc.record({
  bytes: fc.uint8Array({ maxLength: 90 }),
  seconds: fc.nat(0xffff_ffff),
  nanoseconds: fc.nat(999_999_999),
});
const formats = {
  pcap: (linkType: number, packets: readonly CapturedPacket[], littleEndian: boolean) =>
    joined([pcapHead(linkType, littleEndian), ...packets.map((each) => pcapRecord(each, littleEndian))]),
  pcapng: (linkType: number, packets: readonly CapturedPacket[], littleEndian: boolean) =>
    joined([pcapngHead(linkType, littleEndian), ...packets.map((each) => pcapngPacket(each, littleEndian))]),
};

for (const [name, write] of Object.entries(formats)) {
  test(`packets that were written as ${name} are read again, in both byte orders, however the file is cut`, () => {
    fc.assert(
      fc.property(
        fc.array(packet, { maxLength: 12 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 200 }),
        (packets, little, cut) => {
          const expected = packets.map((each) => ({ ...each, linkType: linkTypes.raw }));
          assert.deepEqual(packetsOf(write(linkTypes.raw, packets, little), cut), expected);
        },
      ),
    );
  });

  test(`${name} with bytes changed or cut is read as far as it goes or refused in one line`, () => {
    const packets = [1, 2, 3].map((value) => ({
      bytes: new Uint8Array(40).fill(value),
      seconds: value,
      nanoseconds: 0,
    }));
    const whole = write(linkTypes.ethernet, packets, true);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 5 }), fc.nat(whole.length), (changes, length) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        try {
          packetsOf(bytes.slice(0, length), 50);
        } catch (error) {
          if (!(error instanceof InputError) || error.message.includes("\n")) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
}

test("microseconds of pcap are nanoseconds too", () => {
  const file = joined([pcapHead(1), pcapRecord({ bytes: Uint8Array.of(1), seconds: 5, nanoseconds: 7 })]);
  new DataView(file.buffer).setUint32(0, 0xa1b2c3d4, true);
  assert.deepEqual(packetsOf(file)[0]?.nanoseconds, 7000);
});

test("times of pcapng are exact in any unit", () => {
  const unit = fc.constantFrom(0, 3, 6, 9, 12, 0x80 + 10, 0x80 + 30, 0x80 + 32);
  fc.assert(
    fc.property(unit, fc.bigInt({ min: 0n, max: 2n ** 61n }), (resolution, ticks) => {
      const file = joined([pcapngHead(1), pcapngPacket({ bytes: new Uint8Array(4), seconds: 0, nanoseconds: 0 })]);
      const head = pcapngHead(1).length;
      file[head - 12] = resolution;
      const view = new DataView(file.buffer);
      view.setUint32(head + 12, Number(ticks >> 32n), true);
      view.setUint32(head + 16, Number(ticks & 0xffff_ffffn), true);
      const perSecond = resolution >= 0x80 ? 2n ** BigInt(resolution - 0x80) : 10n ** BigInt(resolution);
      const [read] = packetsOf(file);
      assert.equal(BigInt(read!.seconds), BigInt(Number(ticks / perSecond)));
      assert.equal(BigInt(read!.nanoseconds), ((ticks % perSecond) * 1_000_000_000n) / perSecond);
    }),
  );
});

test("a file that is no capture is refused with what would be one", () => {
  assert.throws(
    () => captureReader(Uint8Array.of(1, 2, 3, 4), "x.pcap"),
    /x\.pcap: this is no capture: give a file of/,
  );
  assert.throws(() => captureReader(new Uint8Array(), "x.pcap"), /this is no capture/);
});

test("packets of every link type begin with an Ethernet header, where there is room for one", () => {
  const ip = Uint8Array.of(0x45, 0, 0, 20, ...new Uint8Array(16));
  const with16 = (header: readonly number[]) => Uint8Array.from([...new Uint8Array(16).fill(9), ...header, ...ip]);
  const cases: [number, number[]][] = [
    [linkTypes.raw, []],
    [linkTypes.null, [2, 0, 0, 0]],
    [linkTypes.linuxCooked, [...new Uint8Array(14), 8, 0]],
    [linkTypes.linuxCooked2, [8, 0, ...new Uint8Array(18)]],
  ];
  for (const [linkType, header] of cases) {
    const bytes = with16(header);
    const start = asEthernet(bytes, 16, header.length + ip.length, linkType);
    assert.deepEqual(
      [...bytes.subarray(start, start + 15)],
      [...new Uint8Array(12), 8, 0, 0x45],
      `link type ${linkType}`,
    );
    assert.equal(bytes.length - start, 14 + ip.length);
  }
  assert.equal(asEthernet(with16([]), 16, 20, 147), -1);
});

const vectors = process.env["TARSIER_VECTORS"] ?? "../shared/vectors";
const captures = join(vectors, "captures");

test("given captures have packets of known link types, in order of time within reason", {
  skip: existsSync(captures) ? false : `there are no captures in ${captures}`,
}, () => {
  const paths = readdirSync(captures, { recursive: true, encoding: "utf8" }).filter((path) =>
    /\.pcap(ng)?$/.test(path),
  );
  assert.ok(paths.length > 20);
  for (const path of paths) {
    const file = Uint8Array.from(readFileSync(join(captures, path)));
    const packets = packetsOf(file, 1000);
    assert.ok(packets.length > 0, path);
    for (const { linkType, seconds } of packets) {
      assert.ok(
        Object.values(linkTypes).some((known) => known === linkType),
        `${path}: ${linkType}`,
      );
      assert.ok(seconds > 1e9 && seconds < 3e9, `${path}: ${seconds}`);
    }
  }
});
