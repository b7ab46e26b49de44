/** The thread that waits for a ring buffer: it wakes the reader, and waits again when the reader has read. */

import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { epollOn } from "./epoll.ts";

const { fd, ended } = workerData as { readonly fd: number; readonly ended: Int32Array };
/** How soon the end of the reading is noticed. */
const patienceMs = 200;
const port = parentPort!;
const epoll = epollOn(fd);

port.on("message", wait);
wait();

function wait(): void {
  while (Atomics.load(ended, 0) === 0) {
    if (!epoll.wait(patienceMs)) continue;
    port.postMessage("ready");
    return;
  }
  epoll.close();
  receiveMessageOnPort(port);
  port.close();
}
