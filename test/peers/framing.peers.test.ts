/** A Python server and client that frame HTTP/1.1 in every odd way that is allowed, each observed by a Tarsier. */

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { connectionsByPort, type Exchange, exchangesByPort } from "./exchanges.ts";
import { observedTest, peerFile } from "./observed.ts";
import { python } from "./peer-programs.ts";

const seeds = Array.from({ length: 30 }, (_, index) => String(100 + index));
const connectionsPerSeed = 40;

/** What the server prints of a connection: the client's port, and bytes by its own count. */
interface Bytes {
  readonly port: number;
  readonly sent: number;
  readonly received: number;
}

/** What the client prints of one. */
interface Conversation extends Bytes {
  readonly seed: number;
  readonly exchanges: readonly Exchange[];
}

observedTest("odd framing is read request by request, and byte by byte, from both sides", async (scene) => {
  const server = await scene.observe(["--cpu-budget", "100", "--", python, peerFile("framing_server.py")]);
  const [, port] = await server.printed(/port (\d+)/);
  const client = await scene.observe([
    ...["--cpu-budget", "100", "--"],
    ...[python, peerFile("framing_client.py"), port!, String(connectionsPerSeed), ...seeds],
  ]);
  const asClient = await client.result;
  const asServer = await server.stop();

  assert.equal(asClient.exitCode, 0, asClient.stderr);
  const conversations = linesOf<Conversation>(asClient.stdout);
  const moved = new Map(linesOf<Bytes>(asServer.stdout).map((line) => [line.port, line]));
  assert.equal(moved.size, seeds.length * connectionsPerSeed);
  assert.equal(conversations.length, moved.size);

  const sides = [
    { name: "client", seen: asClient, end: "local" },
    { name: "server", seen: asServer, end: "peer" },
  ] as const;
  const differences: string[] = [];
  for (const { name, seen, end } of sides) {
    const exchanges = exchangesByPort(seen.requests, end);
    const connections = connectionsByPort(seen.connections, end);
    for (const conversation of conversations) {
      const { seed, port } = conversation;
      const compare = (what: string, actual: unknown, expected: unknown) => {
        if (isDeepStrictEqual(actual, expected)) return;
        differences.push(
          `${name}, seed ${seed}, port ${port}: ${what}\n  ${inLine(actual)}\n  not ${inLine(expected)}`,
        );
      };
      compare("exchanges", exchanges.get(port), conversation.exchanges);
      const own = name === "client" ? conversation : moved.get(port);
      const connection = connections.get(port);
      compare("bytes", [connection?.sentBytes, connection?.receivedBytes], [own?.sent, own?.received]);
    }
    if (seen.summary.lost !== 0) differences.push(`${name}: ${seen.summary.lost} lost`);
    if (seen.connections.length !== conversations.length)
      differences.push(`${name}: ${seen.connections.length} connections`);
  }
  assert.equal(differences.length, 0, `${differences.length} differences:\n${differences.slice(0, 5).join("\n")}`);
});

const linesOf = <Line>(text: string): Line[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));

const inLine = (value: unknown) => JSON.stringify(value) ?? "nothing";
