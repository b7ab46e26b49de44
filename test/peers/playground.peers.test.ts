import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { buildPlayground, playgroundPath } from "../../scripts/build-playground.ts";
import { type Page, startBrowser } from "./browser.ts";

const types: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript", wasm: "application/wasm" };
const server = createServer((request, response) => {
  const name = basename(new URL(request.url!, "http://page").pathname) || "index.html";
  if (!/^[\w.-]+\.(html|js|wasm)$/.test(name)) return void response.writeHead(404).end();
  response.setHeader("content-type", types[name.split(".").at(-1)!]!);
  response.end(readFileSync(join(playgroundPath, name)));
});
const browser = startBrowser();
let page: Page;

before(async () => {
  await buildPlayground();
  await once(server.listen(0, "127.0.0.1"), "listening");
  page = await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`);
});
after(async () => {
  await browser.close();
  server.close();
});

/** Waits until the page has run its example. While it still opens, it has nothing to ask yet. */
async function untilReady(): Promise<void> {
  const limitMs = performance.now() + 30_000;
  while (performance.now() < limitMs) {
    const state = await page.evaluate(`document.getElementById("state")?.textContent`).catch(() => undefined);
    if (state === "") return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const error = await page.evaluate(`import("./playground.js").then(() => "none", String)`);
  throw new Error(`the page was not ready in time; what its script threw: ${error}`);
}

/** Waits until the compiler is there; types a program, if one is given, and presses the button. */
async function resultOf(program?: string): Promise<{ readonly text: string; readonly className: string }> {
  await untilReady();
  if (program !== undefined) {
    await page.evaluate(`document.getElementById("program").value = ${JSON.stringify(program)}`);
    await page.evaluate(`document.getElementById("run").click()`);
  }
  const [text, className] = (await page.evaluate(
    `[document.getElementById("result").textContent, document.getElementById("result").className]`,
  )) as [string, string];
  return { text, className };
}

test("the page compiles its example, has it verified, runs it on the packet and shows verdict and maps", async () => {
  const { text } = await resultOf();
  assert.match(text, /^filter: accepted by the verifier · \d+ instructions/);
  assert.match(text, /^filter: returned 2$/m);
  assert.match(text, /^byProtocol\[06\] = 01 00 00 00 00 00 00 00$/m);
});

test("a program that is edited is run as it is; what is wrong with it is said on its line", async () => {
  const dropping = 'import { xdp } from "tarsier/program";\nexport const none = xdp(() => xdp.drop);\n';
  assert.match((await resultOf(dropping)).text, /^none: returned 1$/m);
  const wrong = await resultOf('import { xdp } from "tarsier/program";\nexport const none = xdp(() => xdp.nothing);\n');
  assert.match(wrong.text, /^program\.ts:2:\d+: .*nothing/);
  assert.equal(wrong.className, "wrong");
});

test("text of a program is text on the page, whatever is in it", async () => {
  const { text } = await resultOf('import { xdp } from "<img src=x onerror=alert(1)>";\n');
  assert.match(text, /<img src=x onerror=alert\(1\)>/);
  assert.equal(await page.evaluate("document.images.length"), 0);
});
