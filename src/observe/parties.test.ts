import assert from "node:assert/strict";
import { test } from "node:test";
import { processNames } from "../identity/process.ts";
import { End, Role } from "../programs/layouts.ts";
import { connectionEvent } from "./encoded.testing.ts";
import { rememberParties } from "./parties.ts";

const endpointOf = (endpoint: object) => connectionEvent(End.closed, { endpoint }).endpoint;

function parties({ listening = [] as number[] } = {}) {
  const asked: number[] = [];
  const ports = {
    isListening(_pid: number, port: number) {
      asked.push(port);
      return listening.includes(port);
    },
  };
  return {
    asked,
    remembered: rememberParties(
      ports,
      processNames(() => undefined),
    ),
  };
}

test("both ends and the process are told as text", () => {
  const { remembered } = parties();
  assert.deepEqual(remembered.of(endpointOf({})), {
    process: { pid: 4711, name: "nginx" },
    role: "server",
    local: "127.0.0.1:8080",
    peer: "10.0.0.2:50000",
  });
});

test("an IPv6 address is told as such", () => {
  const { remembered } = parties();
  const loopback = { localHigh: 0n, localLow: 1n << 56n };
  assert.equal(remembered.of(endpointOf(loopback)).local, "[::1]:8080");
});

test("a connection is decoded once, until it is forgotten", () => {
  const { remembered } = parties();
  const first = remembered.of(endpointOf({}));
  assert.equal(remembered.of(endpointOf({ localPort: 1 })), first);
  remembered.forget(endpointOf({}));
  assert.equal(remembered.of(endpointOf({ localPort: 1 })).local, "127.0.0.1:1");
});

test("a connection that another process goes on with belongs to that one", () => {
  const { remembered } = parties();
  remembered.of(endpointOf({}));
  const worker = remembered.of(endpointOf({ process: 4712, name: new TextEncoder().encode("worker") }));
  assert.deepEqual(worker.process, { pid: 4712, name: "worker" });
});

test("of an older connection the end where something listens is the server's", () => {
  const unknown = { role: Role.unknown };
  assert.equal(parties({ listening: [8080] }).remembered.of(endpointOf(unknown)).role, "server");
  assert.equal(parties().remembered.of(endpointOf(unknown)).role, "client");
});

test("a role that was guessed gives way to one that is known, and nobody is asked about known ones", () => {
  const { remembered, asked } = parties({ listening: [8080] });
  assert.equal(remembered.of(endpointOf({ role: Role.unknown })).role, "server");
  assert.equal(remembered.of(endpointOf({ role: Role.client })).role, "client");
  assert.deepEqual(asked, [8080]);
});

test("a name of all sixteen bytes, which the kernel does not write, is read to its end", () => {
  const { remembered } = parties();
  const name = new TextEncoder().encode("sixteen-bytes-ab");
  assert.equal(remembered.of(endpointOf({ name })).process.name, "sixteen-bytes-ab");
});
