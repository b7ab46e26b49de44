import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { redactTarget } from "./redact.ts";

test("values in a query are hidden, names and paths stay", () => {
  assert.equal(redactTarget("/stock?sku=7&n=2"), "/stock?sku=…&n=…");
  assert.equal(redactTarget("/cart/7"), "/cart/7");
  assert.equal(redactTarget("/a?x=1;y=2&&z=#access_token=3"), "/a?x=…;y=…&&z=…#access_token=…");
  assert.equal(redactTarget("/a?x=a=b?c=d"), "/a?x=…?c=…");
  assert.equal(redactTarget("*"), "*");
});

test("a parameter without a value stays only where it reads as a name", () => {
  assert.equal(redactTarget("/service?wsdl"), "/service?wsdl");
  assert.equal(redactTarget("/reset?8f14e45fceea167a"), "/reset?…");
  assert.equal(redactTarget("/?"), "/?");
});

test("user and password before a host are removed", () => {
  assert.equal(redactTarget("http://ann:secret@host:80/a?b=c"), "http://host:80/a?b=…");
  assert.equal(redactTarget("http://ann:p@ss@host"), "http://host");
  assert.equal(redactTarget("ann:secret@host:443"), "host:443");
  assert.equal(redactTarget("http://host/a@b"), "http://host/a@b");
  assert.equal(redactTarget("http://ann:sec?ret@host/"), "http://…?…");
});

test("a target cut before its host may hold a password, and is hidden", () => {
  assert.equal(redactTarget("http://ann:secr", true), "http://…");
  assert.equal(redactTarget("http://host/pa", true), "http://host/pa");
});

test("no value survives, nothing throws, and redacting twice changes nothing more", () => {
  const name = fc.string({ unit: fc.constantFrom(..."abcdé%[]."), maxLength: 8 });
  const value = fc
    .string({ unit: fc.constantFrom(..."SECRT=/%@:"), minLength: 1, maxLength: 12 })
    .map((text) => `Z${text}`);
  fc.assert(
    fc.property(name, fc.array(fc.tuple(name, value), { minLength: 1 }), (path, parameters) => {
      const query = parameters.map(([key, text]) => `${key}=${text}`).join("&");
      const redacted = redactTarget(`/${path}?${query}`);
      assert.equal(redacted, `/${path}?${parameters.map(([key]) => `${key}=…`).join("&")}`);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.boolean(), (target, truncated) => {
      const redacted = redactTarget(target, truncated);
      assert.equal(redactTarget(redacted), redacted);
    }),
  );
});
