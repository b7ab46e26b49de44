import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { addressOf } from "./libc.ts";
import { vectorBytes, wholeSends } from "./whole-sends.ts";

/** A connection of this process with itself, and the descriptor of its client's end. */
async function connection(context: TestContext): Promise<{ client: Socket; served: Socket; fd: number }> {
  const server: Server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as { port: number }).port, "127.0.0.1");
  const connected = once(client, "connect");
  const [served] = (await once(server, "connection")) as [Socket];
  await connected;
  client.on("error", () => {});
  context.after(() => {
    client.destroy();
    served.destroy();
    server.close();
  });
  const { fd } = (client as unknown as { _handle: { fd: number } })._handle;
  return { client, served, fd };
}

test("a short send on an idle connection will be whole, a long one is not trusted to be", async (context) => {
  const { fd } = await connection(context);
  const whole = wholeSends();
  assert.equal(whole.willBe(process.pid, fd, 1), true);
  assert.equal(whole.willBe(process.pid, fd, 4096), true);
  assert.equal(whole.willBe(process.pid, fd, 1 << 20), false);
  assert.equal(whole.willBe(process.pid, fd, 0), false);
});

test("while bytes wait to be sent nothing is promised", async (context) => {
  const { client, fd } = await connection(context);
  client.write(new Uint8Array(16 << 20));
  await sleep(50);
  assert.equal(wholeSends().willBe(process.pid, fd, 1), false);
});

test("nothing is promised of a connection that is broken, nor of what is none", async (context) => {
  const { served, fd } = await connection(context);
  served.resetAndDestroy();
  await sleep(50);
  assert.equal(wholeSends().willBe(process.pid, fd, 1), false);
  assert.equal(wholeSends().willBe(process.pid, 0, 1), false);
});

test("the bytes of a table of buffers are added up, of a long table not", () => {
  const buffers = BigUint64Array.of(0n, 100n, 0n, 23n);
  const address = BigInt(addressOf(buffers));
  assert.equal(vectorBytes(process.pid, address, 2), 123);
  assert.equal(vectorBytes(process.pid, address, 17), 0);
  assert.equal(vectorBytes(process.pid, 8n, 2), 0);
});
