#!/usr/bin/env node
import process from "node:process";

const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 20) {
  process.stderr.write(`tarsier: Node ${process.versions.node} is too old: Tarsier needs Node 20 or newer\n`);
  process.exit(1);
}
const { main } = await import("../dist/src/cli/main.js");
process.exitCode = await main(process.argv.slice(2));
