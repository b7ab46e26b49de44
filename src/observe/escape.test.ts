import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeText } from "./escape.ts";

test("controls, terminal escapes and invisible characters become visible", () => {
  assert.equal(escapeText("/\x1b[2J\x00\x7f"), "/\\x1b[2J\\x00\\x7f");
  assert.equal(escapeText("\x9b31m"), "\\x9b31m");
  assert.equal(escapeText("a\u202eb\u2066\u200b\ufeff"), "a\\u{202e}b\\u{2066}\\u{200b}\\u{feff}");
  assert.equal(escapeText("\ud800 e\u0301\u00a0\u2028"), "\\u{d800} e\\u{301}\\xa0\\u{2028}");
  assert.equal(escapeText("\u{e0041}\u{f0000}"), "\\u{e0041}\\u{f0000}");
});

test("an escape cannot be forged: the backslash is escaped too", () => {
  assert.equal(escapeText("\\x1b"), "\\\\x1b");
});

test("ordinary text of any script stays as it is", () => {
  for (const text of ["/cart/7?sku=… ~!", "/größe", "/価格", "\ufffd", "😀"]) assert.equal(escapeText(text), text);
});

test("no control, format or direction character survives, and different texts stay different", () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
      fc.constantFrom("\\", "x", "1", "b", "\x1b", "\u202e", "\ud800"),
    ),
  });
  fc.assert(
    fc.property(text, text, (first, second) => {
      assert.doesNotMatch(escapeText(first), /[\p{C}\p{M}\u2028\u2029]/u);
      assert.equal(escapeText(first) === escapeText(second), first === second);
    }),
    { numRuns: 5000 },
  );
});
