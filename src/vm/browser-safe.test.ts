/** `tarsier/vm` runs where there is no Node: nothing below it imports from Node or from a package, or uses Node's globals. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseSync } from "oxc-parser";

const entry = new URL("../../../src/vm/index.ts", import.meta.url);
const onlyInNode = /\b(Buffer\.(from|alloc)|process\.(env|exit|version)|require\()/;

/** Every module that `from` imports values from, itself included; type imports are gone when it runs. */
function modulesBelow(from: URL): Map<string, string> {
  const found = new Map<string, string>();
  const waiting = [from];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (found.has(url.href)) continue;
    const text = readFileSync(url, "utf8");
    found.set(url.href, text);
    const { staticImports, staticExports, dynamicImports } = parseSync(url.href, text).module;
    assert.equal(dynamicImports.length, 0, `${url.href} imports at run time`);
    const requests = [
      ...staticImports
        .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
        .map(({ moduleRequest }) => moduleRequest.value),
      ...staticExports.flatMap(({ entries }) =>
        entries.flatMap(({ moduleRequest, isType }) => (moduleRequest === null || isType ? [] : [moduleRequest.value])),
      ),
    ];
    for (const request of requests) {
      assert.ok(request.startsWith("."), `${url.href} imports ${request}`);
      waiting.push(new URL(request, url));
    }
  }
  return found;
}

test("nothing below tarsier/vm needs Node", () => {
  const modules = modulesBelow(entry);
  assert.ok(modules.size > 100, `${modules.size} modules`);
  const withGlobals = [...modules].filter(([, text]) => onlyInNode.test(text)).map(([url]) => url);
  assert.deepEqual(withGlobals, []);
});
