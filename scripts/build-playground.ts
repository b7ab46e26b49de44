/**
 * `npm run build:playground`: bundles docs/playground: the compiler, the verifier and the sandbox, and the parser as WebAssembly, for a
 * browser. The page is then in `dist/playground`, and may be served from anywhere.
 */

import { copyFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { root } from "./test-files.ts";

export const playgroundPath = join(root, "dist/playground");
const own = "own";
const parserPath = dirname(createRequire(import.meta.url).resolve("@oxc-parser/binding-wasm32-wasip1/package.json"));
const wasmName = "parser.wasm32-wasip1.wasm";

/** The parser for a browser instead of Node's, and the file system as something that is not there. */
const inBrowser: Plugin = {
  name: "in a browser",
  setup({ onResolve, onLoad, resolve }) {
    // The parser's runtime is of one version with the parser's binding, whichever one stands beside it.
    onResolve({ filter: /^@emnapi\/(core|runtime)$/ }, ({ path, kind, pluginData }) =>
      pluginData === own ? undefined : resolve(path, { kind, resolveDir: parserPath, pluginData: own }),
    );
    onResolve({ filter: /^oxc-parser$/ }, () => ({ path: join(root, "dist/scripts/playground/parser.js") }));
    onResolve({ filter: /^node:fs$/ }, ({ path }) => ({ path, namespace: "absent" }));
    onLoad({ filter: /.*/, namespace: "absent" }, () => ({
      contents: "export const readFileSync = () => { throw new Error('there are no files in a browser'); };",
    }));
  },
};

/** Builds the page; how long its parts are, in bytes. */
export async function buildPlayground(): Promise<{ readonly script: number; readonly parser: number }> {
  mkdirSync(playgroundPath, { recursive: true });
  const script = join(playgroundPath, "playground.js");
  await build({
    entryPoints: [join(root, "dist/scripts/playground/page.js")],
    outfile: script,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    legalComments: "linked",
    logLevel: "warning",
    plugins: [inBrowser],
  });
  copyFileSync(join(parserPath, wasmName), join(playgroundPath, wasmName));
  copyFileSync(join(root, "docs/playground/index.html"), join(playgroundPath, "index.html"));
  return { script: readFileSync(script).byteLength, parser: statSync(join(playgroundPath, wasmName)).size };
}

if (process.argv[1]?.endsWith("build-playground.js")) {
  const { script, parser } = await buildPlayground();
  console.log(`dist/playground: ${Math.round(script / 1024)} KB of script, ${Math.round(parser / 1024)} KB of parser`);
}
