/** A client that sends any bytes. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A request for a target that closes its connection. */
export const requestFor = (target: string) => `GET ${target} HTTP/1.1\r\nHost: peer\r\nConnection: close\r\n\r\n`;

/** What an exchange on a connection of its own was, as the socket knows it. */
export interface Spoken {
  readonly port: number;
  readonly sentBytes: number;
  readonly heard: string;
}

/** Connects, sends, and hears what comes until the other side closes; with a limit, until that long after sending. */
export async function speak(port: number, text: string | Uint8Array, limitMs?: number): Promise<Spoken> {
  const socket = await open(port);
  const localPort = socket.localPort!;
  let heard = "";
  socket.setEncoding("latin1").on("data", (part) => {
    heard += part;
  });
  socket.write(text, "latin1");
  const timer = limitMs === undefined ? undefined : setTimeout(() => socket.end(), limitMs);
  await closed(socket);
  clearTimeout(timer);
  return { port: localPort, sentBytes: socket.bytesWritten, heard };
}

/** A connection; it is the caller's to close. */
export async function open(port: number, host = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port, host });
  // Servers answer garbage with a reset.
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Waits until a connection is closed, however that came about. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
