/** nginx under ApacheBench: every one of many requests is counted on both sides, and every byte. */

import assert from "node:assert/strict";
import { assertMirrored, exchangeOf, tally } from "./exchanges.ts";
import { startNginx } from "./nginx.ts";
import { observedTest } from "./observed.ts";

const requestCount = 20_000;
const connectionCount = 50;

observedTest("20,000 requests of ab on 50 kept-alive connections are all seen by nginx and by ab", async (scene) => {
  const { nginx, url } = await startNginx(scene);
  const ab = ["ab", "-q", "-k", "-n", String(requestCount), "-c", String(connectionCount), `${url}/small?n=1`];
  const client = await scene.observe(["--cpu-budget", "100", "--", ...ab]);
  const asClient = await client.result;
  const asServer = await nginx.stop("SIGINT");

  assert.equal(asClient.exitCode, 0, asClient.stderr);
  assert.match(asClient.stdout, /Complete requests:\s+20000\b/);
  assert.match(asClient.stdout, /Failed requests:\s+0\b/);
  assert.deepEqual(asServer.summary.requests, { server: requestCount, client: 0 });
  assert.deepEqual(asClient.summary.requests, { server: 0, client: requestCount });
  for (const { summary, requests } of [asClient, asServer]) {
    assert.deepEqual([summary.connections, summary.lost, summary.sampledOut], [connectionCount, 0, 0]);
    assert.deepEqual(tally(requests.map(exchangeOf)), { "GET /small?n=… 200": requestCount });
  }
  assertMirrored(asClient.connections, asServer.connections);
  const received = asClient.connections.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
  assert.equal(received, Number(/Total transferred:\s+(\d+)/.exec(asClient.stdout)?.[1]));
});

observedTest("a budget that is too small samples records, and still counts every request", async (scene) => {
  const { nginx, url } = await startNginx(scene, ["--cpu-budget", "1"]);
  const ab = scene.run(["ab", "-q", "-k", "-n", "100000", "-c", "10", `${url}/small`]);
  assert.equal(await ab.ended, 0);
  const { summary, requests } = await nginx.stop("SIGINT");

  assert.deepEqual(summary.requests, { server: 100_000, client: 0 });
  assert.ok(summary.sampledOut > 0);
  assert.equal(requests.length + summary.sampledOut + summary.lost, 100_000);
});
