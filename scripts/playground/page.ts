/** The page's own part: what is typed goes in, text comes out. Text is only ever set as text, never as markup. */

import { runProgram } from "./run-program.ts";

/** As much of the document as is needed here; this project is typed for Node. */
interface PageElement {
  value: string;
  textContent: string;
  className: string;
  disabled: boolean;
  addEventListener(event: "click", listener: () => void): void;
}
declare const document: { getElementById(id: string): PageElement };
declare const location: { readonly hash: string };

const example = `import { atomic, hash, struct, u8, u16be, u64, xdp } from "tarsier/program";

const Ethernet = struct({ destinationHigh: u16be, destinationLow: u16be, rest: u64, type: u16be });
const Ipv4 = struct({ versionAndLength: u8, service: u8, length: u16be, id: u16be, fragment: u16be, ttl: u8, protocol: u8 });
const Count = struct({ packets: u64 });

/** Packets by their IP protocol. */
export const byProtocol = hash({ key: u8, value: Count, maxEntries: 256 });

export const filter = xdp((packet) => {
  const ip = packet.view(Ipv4, 14);
  if (ip === null) return xdp.drop;
  const count = byProtocol.getOrInsert(ip.protocol, Count.zero());
  if (count !== null) atomic.add(count, "packets", 1n);
  return ip.protocol === 6 ? xdp.pass : xdp.drop;
});
`;
const packet = `00 00 00 00 00 00 00 00 00 00 00 00 08 00
45 00 00 28 00 01 00 00 40 06 00 00 7f 00 00 01 7f 00 00 01
00 50 c3 50 00 00 00 00 00 00 00 00 50 02 00 00 00 00 00 00`;

const at = (id: string) => document.getElementById(id);
const run = () => {
  const { isWrong, text } = runProgram(at("program").value, at("packet").value);
  at("result").textContent = text;
  at("result").className = isWrong ? "wrong" : "";
};
// A link may carry a program and a packet: #program=…&packet=…
const linked = new URLSearchParams(location.hash.slice(1));
at("program").value = linked.get("program") ?? example;
at("packet").value = linked.get("packet") ?? packet;
at("run").addEventListener("click", run);
at("run").disabled = false;
at("state").textContent = "";
run();
