#!/usr/bin/env node
import { existsSync } from "node:fs";
import process from "node:process";

const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 20) {
  process.stderr.write(`tarsier: Node ${process.versions.node} is too old: Tarsier needs Node 20 or newer\n`);
  process.exit(1);
}
// What is installed starts from few files (scripts/bundle.ts); a working copy from its modules, which may be newer.
const isWorkingCopy = existsSync(new URL("../tsconfig.json", import.meta.url));
const { main } = await import(isWorkingCopy ? "../dist/src/cli/main.js" : "../dist/bundle/tarsier.js");
process.exitCode = await main(process.argv.slice(2));
