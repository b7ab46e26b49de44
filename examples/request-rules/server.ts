// SPDX-License-Identifier: MIT OR GPL-2.0-only

/**
 * An HTTP server whose rules are programs: limits for each client and routes, exchanged while it serves whenever the file of the
 * rules changes. It needs no permission and no kernel.
 *
 *     node examples/request-rules/server.js 8080
 */

import { watch } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type ModuleHook, openHook } from "tarsier";
import { requestHook } from "./request-hook.ts";

export type RequestRules = Awaited<ReturnType<typeof openRules>>;

/** Opens the rules. `now` is the clock that limits go by, in nanoseconds. */
export async function openRules(rules: URL, now: () => bigint = process.hrtime.bigint) {
  const hook = await openHook(requestHook, rules, {
    onFault: (fault, program) => console.error(`rule ${program}: ${fault.message}`),
  });
  const clients = new Map<string, number>();
  /** IPv4 addresses as their number, others as one of their own. */
  const clientOf = (address: string): number => {
    const bytes = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)?.slice(1).map(Number);
    if (bytes !== undefined) return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    const known = clients.get(address) ?? clients.size + 1;
    clients.set(address, known);
    return known;
  };
  return {
    hook: hook as ModuleHook<never, never>,
    /** Asks the rules about a request. */
    ask(client: string, method: string, path: string, tenant: string) {
      const context = {
        client: clientOf(client),
        timeNs: now(),
        method,
        path,
        tenant,
        backend: 0,
        retryAfterSeconds: 0,
      };
      const verdict = hook.run(context);
      return { verdict, backend: context.backend, retryAfterSeconds: context.retryAfterSeconds };
    },
    replace: (next: URL) => hook.replace(next),
    close: () => hook.close(),
  };
}

const backends = ["main", "api", "beta"];
const statusOf = { refuse: 403, limit: 429 } as const;

const text = (header: IncomingMessage["headers"][string]): string =>
  Array.isArray(header) ? header[0]! : (header ?? "");

/** The server; `client` says who asks. */
export function serve(
  rules: Pick<RequestRules, "ask">,
  client = (request: IncomingMessage) => request.socket.remoteAddress ?? "",
): Server {
  return createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const { verdict, backend, retryAfterSeconds } = rules.ask(client(request), method, url, text(headers["x-tenant"]));
    if (verdict === "pass") return response.end(`${backends[backend]} answers ${url}\n`);
    if (retryAfterSeconds > 0) response.setHeader("retry-after", retryAfterSeconds);
    response.writeHead(statusOf[verdict]).end();
  });
}

async function main(port: number): Promise<void> {
  const file = new URL("./rules.ts", import.meta.url);
  const rules = await openRules(file);
  let waiting: NodeJS.Timeout | undefined;
  watch(fileURLToPath(file), () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      try {
        console.log(`rules exchanged; kept: ${(await rules.replace(file)).join(", ")}`);
      } catch (error) {
        // The old rules stay.
        console.error(String(error));
      }
    }, 50);
  });
  serve(rules).listen(port, () => console.log(`http://localhost:${port}`));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main(Number(process.argv[2] ?? 8080));
