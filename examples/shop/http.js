/** What the shop's services share: a small router, and asking one another over HTTP. */

import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";

/**
 * @typedef {import("node:http").IncomingMessage} IncomingMessage
 * @typedef {import("node:http").ServerResponse} ServerResponse
 * @typedef {{ parameters: string[], query: URLSearchParams }} Asked
 * @typedef {(request: IncomingMessage, response: ServerResponse, asked: Asked) => Promise<void>} Handler
 * @typedef {{ method: string, path: RegExp, handle: Handler }} Route
 * @typedef {{ port: number, close: () => void }} Listening
 */

/**
 * Serves `routes` on loopback. What no route takes is 404, what throws is 500.
 * @param {number} port
 * @param {Route[]} routes
 * @returns {Promise<Listening>}
 */
export async function listen(port, routes) {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? "/", "http://shop");
    const route = routes.find(({ method, path }) => method === request.method && path.test(pathname));
    try {
      if (route === undefined) return sendJson(response, 404, { error: "not found" });
      const [, ...parameters] = route.path.exec(pathname) ?? [];
      await route.handle(request, response, { parameters, query });
    } catch (error) {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: String(error) });
    }
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { port: address.port, close };
}

/** Tells the parent process which port was taken; ends on a signal, and when the parent is gone. */
export function serveUntilStopped(/** @type {Listening} */ server) {
  process.send?.(server.port);
  process.on("SIGINT", () => {}); // The parent gets it too, and decides.
  process.once("SIGTERM", stop);
  process.once("disconnect", stop);

  function stop() {
    server.close();
    if (process.connected) process.disconnect();
  }
}

/** @returns {Promise<{ status: number, body: any }>} The answer of a service, as JSON. */
export async function ask(
  /** @type {import("node:http").Agent} */ agent,
  /** @type {number} */ port,
  /** @type {string} */ path,
) {
  const request = httpRequest({ agent, host: "127.0.0.1", port, path });
  request.end();
  const [response] = await once(request, "response");
  return { status: response.statusCode, body: JSON.parse(await read(response)) };
}

/** @returns {Promise<string>} The whole body of a message. */
export async function read(/** @type {IncomingMessage} */ message) {
  const chunks = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

export function sendJson(
  /** @type {ServerResponse} */ response,
  /** @type {number} */ status,
  /** @type {unknown} */ value,
) {
  const body = JSON.stringify(value);
  response
    .writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
    .end(body);
}
