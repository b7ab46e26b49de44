/** `npm run bench:replay`: a capture of small packets through a TCP filter in the sandbox, from the file to the verdicts. */

import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../scripts/test-files.ts";
import { compile } from "../src/compiler/index.ts";
import {
  captureReader,
  linkTypes,
  pcapHead,
  pcapngHead,
  pcapngPacket,
  pcapRecord,
} from "../src/filter/captures/index.ts";
import { captureClock, captureRunner } from "../src/vm/capture-run.ts";
import { loadSandbox } from "../src/vm/index.ts";
import { median } from "./statistics.ts";

const packetCount = 2_000_000;
const groupCount = 1000;
const rounds = 7;
const targetPerSecond = 3e6;

/** A small TCP segment to port 80, or in one of four cases to another one. */
function segment(index: number): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([8, 0, 0x45], 12);
  bytes[23] = 6;
  bytes.set(index % 4 === 0 ? [1, 187] : [0, 80], 36);
  return bytes;
}

function writeCapture(path: string, head: Uint8Array, record: (index: number) => Uint8Array): void {
  const fd = openSync(path, "w");
  writeSync(fd, head);
  const group = Buffer.concat(Array.from({ length: groupCount }, (_, index) => record(index)));
  for (let done = 0; done < packetCount; done += groupCount) writeSync(fd, group);
  closeSync(fd);
}

const packetAt = (index: number) => ({ bytes: segment(index), seconds: 1_700_000_000, nanoseconds: index * 1000 });
const formats = {
  pcap: { head: pcapHead(linkTypes.ethernet), record: (index: number) => pcapRecord(packetAt(index)) },
  pcapng: { head: pcapngHead(linkTypes.ethernet), record: (index: number) => pcapngPacket(packetAt(index)) },
};

const spec = compile({
  entry: join(root, "bench/sandbox/programs.ts"),
  readFile: (path) => readFileSync(path, "utf8"),
});
const directory = mkdtempSync(join(tmpdir(), "tarsier-"));
try {
  for (const [format, { head, record }] of Object.entries(formats)) {
    const path = join(directory, `made.${format}`);
    writeCapture(path, head, record);
    for (const tier of ["exact", "verified"] as const) {
      const clock = captureClock();
      const sandbox = loadSandbox(spec, { programs: ["tcpPort"], tier, surroundings: { now: clock.now } });
      const run = captureRunner(sandbox, clock);
      const rates = Array.from({ length: rounds }, () => {
        const begunMs = performance.now();
        const fd = openSync(path, "r");
        const result = run(
          sandbox.program("tcpPort"),
          captureReader(head, path),
          { read: (bytes) => readSync(fd, bytes) },
          () => {},
        );
        closeSync(fd);
        if (result.packets !== packetCount || result.verdicts.get(2) !== (packetCount * 3) / 4) {
          throw new Error(`the filter took ${result.verdicts.get(2)} of ${result.packets}`);
        }
        return packetCount / ((performance.now() - begunMs) / 1000);
      });
      const rate = median(rates);
      console.log(
        `${format.padEnd(6)} ${tier.padEnd(8)} ${(rate / 1e6).toFixed(1)} M packets/s (best ${(Math.max(...rates) / 1e6).toFixed(1)}), target ${targetPerSecond / 1e6}: ${rate >= targetPerSecond ? "met" : "missed"}`,
      );
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
