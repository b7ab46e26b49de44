import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatAddress, formatEndpoint } from "./address.ts";

const ipv6 = (...groups: number[]) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));

test("IPv4 addresses are dotted, also when they are mapped into IPv6", () => {
  assert.equal(formatAddress(Uint8Array.of(127, 0, 0, 1)), "127.0.0.1");
  assert.equal(formatAddress(ipv6(0, 0, 0, 0, 0, 0xffff, 0x7f00, 1)), "127.0.0.1");
  assert.equal(formatEndpoint(ipv6(0, 0, 0, 0, 0, 0xffff, 0xa00, 0xff), 52144), "10.0.0.255:52144");
});

test("IPv6 addresses are written as RFC 5952 recommends", () => {
  const examples: [Uint8Array, string][] = [
    [ipv6(0, 0, 0, 0, 0, 0, 0, 0), "::"],
    [ipv6(0, 0, 0, 0, 0, 0, 0, 1), "::1"],
    [ipv6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), "2001:db8::"],
    [ipv6(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), "2001:db8:0:1:1:1:1:1"],
    [ipv6(0x2001, 0, 0, 1, 0, 0, 0, 1), "2001:0:0:1::1"],
    [ipv6(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), "2001:db8::1:0:0:1"],
    [ipv6(0xfe80, 0, 0, 0, 0xabcd, 0, 0, 0x0f), "fe80::abcd:0:0:f"],
    [ipv6(0, 0, 0, 0, 0, 0, 0x7f00, 1), "::7f00:1"],
  ];
  for (const [address, text] of examples) assert.equal(formatAddress(address), text);
});

test("an IPv6 address stands in brackets before its port", () => {
  assert.equal(formatEndpoint(ipv6(0, 0, 0, 0, 0, 0, 0, 1), 80), "[::1]:80");
});

test("every address reads as the platform's URL parser writes it", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 0, 1, 0xab, 0xffff), { minLength: 8, maxLength: 8 }), (groups) => {
      const text = formatAddress(ipv6(...groups));
      fc.pre(!text.includes("."));
      assert.equal(new URL(`http://[${text}]`).hostname, `[${text}]`);
    }),
  );
});

test("other lengths are a bug of the caller", () => {
  assert.throws(() => formatAddress(new Uint8Array(5)), { code: "ADDRESS_LENGTH" });
});
