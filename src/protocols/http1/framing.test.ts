import assert from "node:assert/strict";
import { test } from "node:test";
import { ascii } from "./characters.ts";
import { type FramingFields, noFields, readField } from "./fields.ts";
import { requestFraming, responseFraming } from "./framing.ts";

function fieldsOf(...lines: string[]): FramingFields {
  const fields = noFields();
  for (const line of lines) readField(fields, ascii(line), 0, line.length, false);
  return fields;
}

test("a repeated Content-Length is one while it agrees, and unknowable when it conflicts (RFC 9112, 6.3)", () => {
  assert.deepEqual(requestFraming(fieldsOf("Content-Length: 42", "content-length:42\r")), {
    kind: "length",
    bytes: 42,
  });
  assert.deepEqual(requestFraming(fieldsOf("Content-Length: 42, 42")), { kind: "length", bytes: 42 });
  for (const lines of [
    ["Content-Length: 42", "Content-Length: 43"],
    ["Content-Length: +1"],
    ["Content-Length: 0x1"],
    ["Content-Length: 1, 2"],
    ["Content-Length: 1 2"],
    ["Content-Length: 99999999999999999999"],
  ]) {
    assert.deepEqual(requestFraming(fieldsOf(...lines)), { kind: "unknown" }, lines.join());
    assert.deepEqual(responseFraming(200, "GET", fieldsOf(...lines)), { kind: "unknown" }, lines.join());
  }
});

test("Transfer-Encoding overrides Content-Length, and its last coding decides", () => {
  assert.deepEqual(requestFraming(fieldsOf("Content-Length: 3", "Transfer-Encoding: gzip , CHUNKED")), {
    kind: "chunked",
  });
  assert.deepEqual(requestFraming(fieldsOf("Transfer-Encoding: gzip", "Transfer-Encoding: chunked")), {
    kind: "chunked",
  });
  assert.deepEqual(requestFraming(fieldsOf("Transfer-Encoding: chunked, gzip")), { kind: "unknown" });
  assert.deepEqual(responseFraming(200, "GET", fieldsOf("Transfer-Encoding: gzip")), { kind: "untilClose" });
});

test("folded lines continue the field before them (RFC 9112, 5.2)", () => {
  assert.deepEqual(requestFraming(fieldsOf("Content-Length:", "\t 7")), { kind: "length", bytes: 7 });
  assert.deepEqual(requestFraming(fieldsOf("Transfer-Encoding: gzip,", " chunked")), { kind: "chunked" });
  assert.deepEqual(requestFraming(fieldsOf("Cookie: a", " Content-Length: 7")), { kind: "length", bytes: 0 });
});

test("names match whole, in any case, with white space before the colon", () => {
  assert.deepEqual(requestFraming(fieldsOf("CONTENT-length : 7")), { kind: "length", bytes: 7 });
  assert.deepEqual(requestFraming(fieldsOf("X-Content-Length: 7", "Content-Length-Of: 7", "Content-Length")), {
    kind: "length",
    bytes: 0,
  });
});

test("HEAD, 1xx, 204 and 304 have no body, whatever their fields say", () => {
  const fields = fieldsOf("Content-Length: 9");
  for (const [status, method] of [
    [200, "HEAD"],
    [100, "GET"],
    [204, "GET"],
    [304, "GET"],
    [404, "HEAD"],
  ] as const) {
    assert.deepEqual(responseFraming(status, method, fields), { kind: "length", bytes: 0 });
  }
  assert.deepEqual(responseFraming(200, "GET", fields), { kind: "length", bytes: 9 });
  assert.deepEqual(responseFraming(200, "GET", noFields()), { kind: "untilClose" });
});

test("101 and a successful CONNECT switch; a refused CONNECT has a body", () => {
  assert.deepEqual(responseFraming(101, "GET", noFields()), { kind: "switched" });
  assert.deepEqual(responseFraming(200, "CONNECT", fieldsOf("Content-Length: 9")), { kind: "switched" });
  assert.deepEqual(responseFraming(407, "CONNECT", fieldsOf("Content-Length: 9")), { kind: "length", bytes: 9 });
});
