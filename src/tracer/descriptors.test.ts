import assert from "node:assert/strict";
import { test } from "node:test";
import { unknownAddress } from "./addresses.ts";
import { newTable, trackDescriptors } from "./descriptors.ts";
import { type Connection, role } from "./events.ts";

const connection = (inode: string): Connection => ({
  cookie: BigInt(inode),
  inode,
  role: role.client,
  local: unknownAddress,
  peer: unknownAddress,
  startNs: 0n,
  process: 1,
  holders: 0,
  sentBytes: 0,
  receivedBytes: 0,
  end: 0,
  endNs: 0n,
});

function tracked() {
  const over: string[] = [];
  return { over, descriptors: trackDescriptors(({ inode }) => over.push(inode)) };
}

test("a connection is over when its last descriptor is closed, whoever holds it", () => {
  const { over, descriptors } = tracked();
  const parent = newTable();
  const one = connection("1");
  descriptors.hold(parent, 3, one);
  descriptors.hold(parent, 4, one);
  const child = descriptors.copy(parent);
  descriptors.drop(parent, 3);
  descriptors.drop(parent, 4);
  descriptors.drop(child, 3);
  assert.deepEqual(over, []);
  descriptors.release(child);
  assert.deepEqual(over, ["1"]);
});

test("a descriptor that is put in another one's place closes that one (dup2(2))", () => {
  const { over, descriptors } = tracked();
  const table = newTable();
  descriptors.hold(table, 3, connection("1"));
  descriptors.hold(table, 3, connection("2"));
  assert.deepEqual(over, ["1"]);
  descriptors.hold(table, 3, "file");
  assert.deepEqual(over, ["1", "2"]);
});

test("a table that processes share lives as long as the last of them", () => {
  const { over, descriptors } = tracked();
  const table = newTable();
  table.processes++;
  descriptors.hold(table, 3, connection("1"));
  descriptors.release(table);
  assert.deepEqual(over, []);
  descriptors.release(table);
  assert.deepEqual(over, ["1"]);
});
