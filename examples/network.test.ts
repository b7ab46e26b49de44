/** The examples about connections and packets. */

import assert from "node:assert/strict";
import { load } from "../src/index.ts";
import { kernelTest } from "../src/kernel/kernel-tests.testing.ts";
import { Connection } from "./connections.ts";
import { example, talk, withCable, withCgroup, withServer } from "./places.testing.ts";
import { ip4, ipText, text } from "./show.ts";

type Scope = typeof import("./scope.ts");

const loopback = ip4("127.0.0.1");

kernelTest("connections: to whom, how many bytes, and how it ended", () =>
  withCgroup(({ scope, run }) =>
    withServer("127.0.0.1", async (port) => {
      using collection = await load<typeof import("./connections.ts") & Scope>(example("connections"), {
        config: scope,
      });
      collection.programs.stateChange.attach();
      const { pid, stdout } = await run(...talk("127.0.0.1", port));
      assert.equal(stdout, "hello\n");
      await run("bash", "-c", "exec 2>/dev/null 3<>/dev/tcp/127.0.0.1/1");

      const told: unknown[] = [];
      collection.maps.connections.drain(Connection, ({ command, error, sentBytes, ...rest }) => {
        assert.ok(rest.durationNs > 0n && rest.durationNs < 10_000_000_000n);
        told.push({ command: text(command), error, port: rest.port, sentBytes, isOurs: rest.process === pid });
        assert.equal(ipText(rest.address), "127.0.0.1");
      });
      const common = { command: "bash" };
      assert.deepEqual(told, [
        { ...common, error: 0, port, sentBytes: 3n, isOurs: true },
        { ...common, error: 111, port: 1, sentBytes: 0n, isOurs: false },
      ]);
    }),
  ),
);

kernelTest("container-traffic: packets and bytes, both ways, by cgroup", () =>
  withCgroup(({ path, scope, run }) =>
    withServer("127.0.0.1", async (port) => {
      using collection = await load<typeof import("./container-traffic.ts")>(example("container-traffic"));
      collection.programs.sent.attach({ cgroup: path });
      collection.programs.received.attach({ cgroup: path });
      await run("bash", "-c", "echo hello >/dev/udp/127.0.0.1/9");
      const datagram = BigInt(20 + 8 + "hello\n".length);
      const nothing = { receivedPackets: 0n, receivedBytes: 0n };
      assert.deepEqual(collection.maps.traffic.get(scope.cgroupId), {
        sentPackets: 1n,
        sentBytes: datagram,
        ...nothing,
      });

      await run(...talk("127.0.0.1", port));
      const { sentPackets, receivedPackets, receivedBytes } = collection.maps.traffic.get(scope.cgroupId)!;
      assert.ok(sentPackets > 4n && receivedPackets > 2n && receivedBytes > 100n);
      assert.equal(collection.maps.traffic.count(), 1);
    }),
  ),
);

kernelTest("drop-list: what is on it does not come through, and is counted", () =>
  withCable(async (near, far) => {
    using collection = await load<typeof import("./drop-list.ts")>(example("drop-list"));
    const { dropped } = collection.maps;
    collection.programs.filter.attach({ interface: "tarsier0", netns: near.netns });
    // Nobody listens there: who is let through is refused at once, who is not waits in vain.
    const knock = () => far.run("timeout 0.6 bash -c 'exec 3<>/dev/tcp/10.99.0.1/9' 2>/dev/null; echo $?").trim();
    assert.equal(knock(), "1");
    dropped.set(ip4("10.99.0.2"), 0n);
    dropped.set(ip4("10.99.0.3"), 0n);
    assert.equal(knock(), "124");
    assert.equal(dropped.get(ip4("10.99.0.2")), 1n);
    assert.equal(dropped.get(ip4("10.99.0.3")), 0n);
    dropped.delete(ip4("10.99.0.2"));
    assert.equal(knock(), "1");
  }),
);

kernelTest("connect-redirect: the program is connected elsewhere, and does not notice", () =>
  withCgroup(({ path, run }) =>
    withServer("127.0.0.1", async (port) => {
      using collection = await load<typeof import("./connect-redirect.ts")>(example("connect-redirect"));
      collection.programs.connect.attach({ cgroup: path });
      collection.programs.peerName.attach({ cgroup: path });
      const wanted = { ip4: ip4("192.0.2.1"), port: 80, unused: 0 };
      collection.maps.redirections.set(wanted, { ip4: loopback, port, unused: 0 });
      const script = `const socket = require("node:net").connect(80, "192.0.2.1", () => {
        console.log(socket.remoteAddress, socket.remotePort);
        socket.pipe(process.stdout);
      });`;
      const { stdout } = await run(process.execPath, "-e", script);
      assert.equal(stdout, "192.0.2.1 80\nhello\n");
    }),
  ),
);

kernelTest("round-trip-times: each measurement of a connection is counted once", () =>
  withCgroup(({ path, run }) =>
    withServer("127.0.0.1", async (port) => {
      using collection = await load<typeof import("./round-trip-times.ts")>(example("round-trip-times"));
      collection.programs.measure.attach({ cgroup: path });
      await run(...talk("127.0.0.1", port));
      await run(...talk("127.0.0.1", port));
      const { connections, samples, totalUs } = collection.maps.peers.get(loopback)!;
      assert.equal(connections, 2n);
      assert.ok(samples >= 2n && totalUs < samples * 1_000_000n);
      const counted = [...collection.maps.histogram.values()].reduce((sum, slot) => sum + slot, 0n);
      assert.equal(counted, samples);
    }),
  ),
);

kernelTest("blocklist: the longest prefix decides, and the rest is not touched", () =>
  withCgroup(({ path, run }) =>
    withServer("127.0.1.1", async (port) => {
      using collection = await load<typeof import("./blocklist.ts")>(example("blocklist"));
      collection.programs.connect.attach({ cgroup: path });
      collection.programs.send.attach({ cgroup: path });
      const { rules } = collection.maps;
      const blocked = { bits: 16, address: ip4("127.0.0.0") };
      const allowed = { bits: 24, address: ip4("127.0.1.0") };
      rules.set(blocked, { blocks: 1, unused: 0, hits: 0n });
      rules.set(allowed, { blocks: 0, unused: 0, hits: 0n });

      const refused = await run("bash", "-c", `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>&1`);
      assert.match(refused.stdout, /Operation not permitted/);
      assert.equal((await run(...talk("127.0.1.1", port))).stdout, "hello\n");
      assert.equal(rules.get(blocked)!.hits, 1n);
      assert.equal(rules.get(allowed)!.hits, 1n);
    }),
  ),
);
