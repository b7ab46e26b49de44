import assert from "node:assert/strict";
import { test } from "node:test";
import { valueJson, valueText } from "./value-text.ts";

const name = new TextEncoder().encode("curl\0\0\0\0");
const address = Uint8Array.of(10, 0, 0, 1);

test("a struct is one line of its fields", () => {
  const value = { port: 443, name, address, inner: { count: 2n }, list: [1, 2] };
  assert.equal(valueText(value), "port=443 name=curl address=0x0a000001 inner={count=2} list=[1 2]");
});

test("JSON keeps what it can hold, and says the rest in strings", () => {
  const value = { small: 7n, large: 2n ** 63n, name, yes: true, list: [1n] };
  assert.deepEqual(JSON.parse(valueJson(value)), {
    small: 7,
    large: "9223372036854775808",
    name: "curl",
    yes: true,
    list: [1],
  });
});

test("nothing in a value moves a cursor", () => {
  const bytes = new TextEncoder().encode("a\\b");
  assert.equal(valueText({ bytes, text: "\u001b[2J" }), "bytes=a\\\\b text=\\x1b[2J");
  assert.equal(valueJson("\u001b[2J\u202e"), String.raw`"\u001b[2J\u202e"`);
});
