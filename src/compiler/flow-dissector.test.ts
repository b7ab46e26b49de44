/** Flow dissectors, which fill a structure that their context points to. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCollection, testRun } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { compileText } from "./compile.testing.ts";

const ethernetBytes = 14;

/** A frame with a UDP packet from port 1000 to `port`. */
function frameTo(port: number): Uint8Array {
  const frame = new Uint8Array(64);
  const view = new DataView(frame.buffer);
  view.setUint16(12, 0x0800);
  frame.set([0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2], ethernetBytes);
  view.setUint16(34, 1000);
  view.setUint16(36, port);
  return frame;
}

const text = `import { flowDissector, u16be, u32be } from "tarsier/program";
  const Ip = struct({ head: u8, service: u8, length: u16be, id: u16be, fragment: u16be, life: u8, protocol: u8,
    checksum: u16be, source: u32be, destination: u32be });
  const Ports = struct({ source: u16be, destination: u16be });
  export const dissect = flowDissector((packet) => {
    const { flow } = packet;
    if (flow.protocol !== 0x0800) return flowDissector.proceed;
    const start = flow.networkOffset;
    const ip = packet.view(Ip, start);
    if (ip === null || ip.head !== 0x45) return flowDissector.drop;
    const ports = packet.view(Ports, u32(start) + 20);
    if (ports === null || ports.destination === 9) return flowDissector.drop;
    flow.transportOffset = start + 20;
    flow.addressProtocol = 0x0800;
    flow.ipProtocol = ip.protocol;
    flow.sourceIp4 = ip.source;
    flow.destinationIp4 = ip.destination;
    flow.sourcePort = ports.source;
    flow.destinationPort = ports.destination;
    return flowDissector.found;
  });`;

kernelTest("a flow dissector fills the keys of a flow, or lets the packet go", () => {
  const collection = loadCollection(compileText(text));
  try {
    const run = (data: Uint8Array) => testRun(collection.program("dissect"), { data });
    const found = run(frameTo(53));
    assert.equal(found.returnValue, 0);
    const keys = Buffer.from(found.data);
    assert.equal(keys.readUInt16LE(2), ethernetBytes + 20);
    assert.deepEqual([keys.readUInt16LE(4), keys[9]], [0x0800, 17]);
    assert.deepEqual([keys.readUInt16BE(12), keys.readUInt16BE(14)], [1000, 53]);
    assert.deepEqual([...keys.subarray(16, 24)], [192, 0, 2, 1, 192, 0, 2, 2]);
    assert.equal(run(frameTo(9)).returnValue, 2);
    const other = frameTo(53);
    other[13] = 0x06;
    assert.equal(run(other).returnValue, 129);
  } finally {
    collection.close();
  }
});

test("what a flow's flags ask for is not for the program to change", () => {
  const body = "packet.flow.flags = 1; return flowDissector.found;";
  const wrong = `import { flowDissector } from "tarsier/program"; export const run = flowDissector((packet) => { ${body} });`;
  assert.throws(() => compileText(wrong), /flags of FlowKeys cannot be written/);
});
