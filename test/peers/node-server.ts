/** A server of `node:http` for the tests; prints its process id and port. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** What is answered, by the target's first part; anything else is 404. */
const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  item: (request, response) => response.end(JSON.stringify({ path: request.url })),
  empty: (_, response) => response.writeHead(204).end(),
  unchanged: (_, response) => response.writeHead(304, { etag: '"1"' }).end(),
  async echo(request, response) {
    response.writeHead(201);
    for await (const part of request) response.write(part);
    response.end();
  },
  async stream(_, response) {
    for (let part = 0; part < 5; part++) {
      response.write("x".repeat(100));
      await new Promise(setImmediate);
    }
    response.end();
  },
  async upload(request, response) {
    let bytes = 0;
    for await (const part of request) bytes += part.length;
    response.end(`${bytes} bytes\n`);
  },
};

const server = createServer(async (request, response) => {
  const answer = answers[request.url?.split(/[/?]/)[1] ?? ""];
  try {
    if (answer === undefined) response.writeHead(404).end("absent\n");
    else await answer(request, response);
  } catch {
    // The client went away.
    response.destroy();
  }
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
console.log("pid", process.pid);
console.log("port", (server.address() as { port: number }).port);
