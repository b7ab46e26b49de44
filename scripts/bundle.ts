/**
 * Puts the modules of the command line into few files in `dist/bundle`: Node takes most of a millisecond to find, read and
 * link each of some 250 modules, and none of that is left. What a command does not need stays in files of its own.
 */

import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { build, type Plugin } from "esbuild";
import { root } from "./test-files.ts";

const output = join(root, "dist/bundle");

/** Where a module looks for files beside it, it looks where it was. */
const ownPlaces: Plugin = {
  name: "own places",
  setup({ onLoad }) {
    onLoad({ filter: /\/dist\/src\/.*\.js$/ }, ({ path }) => {
      const place = `new URL(${JSON.stringify(relative(output, path))}, import.meta.url).href`;
      return { contents: readFileSync(path, "utf8").replaceAll("import.meta.url", place), loader: "js" };
    });
  },
};

rmSync(output, { recursive: true, force: true });
await build({
  entryPoints: { tarsier: join(root, "dist/src/cli/main.js") },
  outdir: output,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  plugins: [ownPlaces],
});
