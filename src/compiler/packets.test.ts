/** What becomes of accesses to packets and contexts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "./index.ts";

const imports = `import { bytes, cgroupSkb, type Packet, socketAddress, struct, tcx, u16, u16be, u32be, u8, xdp } from "tarsier/program";
const Ethernet = struct({ destination: bytes(6), source: bytes(6), type: u16be });
const Ipv4 = struct({ head: u8, tos: u8, length: u16be, id: u16be, fragment: u16be, ttl: u8, protocol: u8, checksum: u16be, source: u32be, destination: u32be });
`;

/** The code of the only program, an instruction a line, without its position. */
function code(text: string): string[] {
  let printed = "";
  compile({
    entry: "test.ts",
    readFile: () => imports + text,
    print: (pass, _, output) => {
      if (pass === "emit") printed = output;
    },
  });
  return printed
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^ *\d+: /, ""));
}

test("a view is one comparison with the packet's end, and comparing it with null costs nothing", () => {
  const lines = code(`export const filter = xdp((packet) => {
    const ethernet = packet.view(Ethernet, 0);
    if (ethernet === null || ethernet.type !== 0x0800) return xdp.pass;
    return xdp.drop;
  });`);
  assert.deepEqual(lines.slice(0, 7), [
    "r0 = *(u32 *)(r1 +0)",
    "r1 = *(u32 *)(r1 +4)",
    "r2 = r0",
    "r2 += 14",
    "if r2 > r1 goto pc+2",
    "r0 = *(u16 *)(r0 +12)",
    "if r0 == 0x8 goto pc+2",
  ]);
});

test("the pointers to a packet are read once, and again behind what changes it", () => {
  const views = "const a = packet.view(Ethernet, 0); if (a === null) return 0;";
  const again = "const b = packet.view(Ipv4, 14); if (b === null) return 0; return b.protocol === 6 ? 2 : 0;";
  const loads = (text: string) =>
    code(`export const run = tcx.ingress((packet) => { ${text} });`).filter((line) => /^r\d = \*\(u32 \*\)/.test(line));
  assert.equal(loads(views + again).length, 2);
  assert.equal(loads(`${views} if (!packet.write(Ipv4.zero(), 14)) return 0; ${again}`).length, 4);
});

test("what is in network order is compared as it stands in memory, and swapped where it is calculated with", () => {
  const compared = code("export const run = socketAddress.connect4((address) => (address.port === 80 ? 0 : 1));");
  assert.ok(
    compared.includes("if r0 != 0x5000 goto pc+2") || compared.includes("if r0 == 0x5000 goto pc+2"),
    `${compared}`,
  );
  const calculated = code("export const run = socketAddress.connect4((address) => (address.port + 1 > 80 ? 0 : 1));");
  assert.ok(calculated.includes("r0 = be16 r0"), `${calculated}`);
});

test("a context's member is written in network order", () => {
  const lines = code(`export const run = socketAddress.connect4((address) => {
    address.port = 8080;
    address.ip6[3] = 1;
    return socketAddress.allow;
  });`);
  assert.deepEqual(lines.slice(0, 2), ["*(u32 *)(r1 +24) = 36895", "*(u32 *)(r1 +20) = 16777216"]);
});

test("one function serves packets of several hooks", () => {
  const text = `function isTcp(packet: Packet, at: u16): boolean {
    const ip = packet.view(Ipv4, at);
    return ip !== null && ip.protocol === 6;
  }
  export const frames = xdp((packet) => (isTcp(packet, 14) ? xdp.drop : xdp.pass));
  export const egress = cgroupSkb.egress((packet) => (isTcp(packet, 0) ? cgroupSkb.deny : cgroupSkb.allow));`;
  const spec = compile({ entry: "test.ts", readFile: () => imports + text });
  assert.deepEqual(
    spec.programs.map(({ name, hook }) => `${name} ${hook.kind}`),
    ["frames xdp", "egress cgroupSkbEgress"],
  );
});

test("a socket filter gives a length, other hooks a verdict", () => {
  const compiled = (text: string) =>
    compile({ entry: "test.ts", readFile: () => imports.replace("u8,", "socketFilter, u8,") + text });
  assert.equal(compiled("export const run = socketFilter((packet) => packet.length);").programs.length, 1);
  assert.throws(
    () => compiled("export const run = xdp((packet) => packet.length);"),
    /i32 is wanted here, and this is u32/,
  );
});

test("what a hook does not give is refused", () => {
  const refused = (text: string, message: RegExp) =>
    assert.throws(() => compile({ entry: "test.ts", readFile: () => imports + text }), message);
  refused("export const run = xdp((packet) => packet.speed);", /XdpPacket has no member speed/);
  refused(
    "export const run = cgroupSkb.egress((packet) => { packet.hash = 1; return 1; });",
    /hash of SocketBuffer cannot be written/,
  );
  refused("export const run = xdp((packet, more) => 2);", /xdp hands over one thing/);
  refused("export const run = socketAddress.connect4((address) => address.ip6[4]);", /there is no element 4/);
  refused(
    "export const run = xdp((packet) => { const ip = packet.view(Ipv4, 14); return ip.ttl; });",
    /this may be null/,
  );
});
