/** For tests: packets and connections that examples are shown. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import { withCertificate } from "./places.testing.ts";
import { ip4 } from "./show.ts";

/** An Ethernet frame with an IPv4 header in it. */
export function frameFrom(source: string, lengthBytes: number): Uint8Array {
  const frame = new Uint8Array(lengthBytes);
  const view = new DataView(frame.buffer);
  view.setUint16(12, 0x0800);
  view.setUint8(14, 0x45);
  view.setUint32(26, ip4(source));
  return frame;
}

/** Both directions of one TLS connection of this process to itself. */
export async function talkOverTls(): Promise<void> {
  await withCertificate(async (files) => {
    const own = { key: readFileSync(files.key), cert: readFileSync(files.cert) };
    const server = createServer(own, (socket) => socket.on("data", () => socket.end("the answer")));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    try {
      const socket = connect({ port: (server.address() as AddressInfo).port, rejectUnauthorized: false });
      socket.write("the question");
      socket.resume();
      await once(socket, "close");
    } finally {
      server.close();
    }
  });
}
