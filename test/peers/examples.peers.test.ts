/** What `tarsier build` makes of every example is taken by libbpf, with its types by name. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { collectionFromElf } from "../../src/elf/index.ts";
import { bpftoolLoads } from "./bpftool.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const directory = join(root, "examples");
/** Every file that says how it is run. */
const examples = readdirSync(directory)
  .filter((name) => /^[a-z-]+\.ts$/.test(name))
  .filter((name) => new RegExp(`tarsier run .*examples/${name}`).test(readFileSync(join(directory, name), "utf8")));

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "tarsier-examples-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("there are at least twelve examples", () => {
  assert.ok(examples.length >= 12, examples.join(", "));
});

for (const name of examples) {
  test(`libbpf loads ${name}`, () => {
    const object = join(folder, `${name}.o`);
    execFileSync(process.execPath, [join(root, "bin/tarsier.js"), "build", join(directory, name), "-o", object]);
    const bytes = readFileSync(object);
    const spec = collectionFromElf(bytes, name);
    const types = bpftoolLoads(folder, name, bytes, spec);
    for (const { name: program } of spec.programs) assert.match(types, new RegExp(`FUNC '${program}'`));
    const structs = [...readFileSync(join(directory, name), "utf8").matchAll(/export const (\w+) = struct\(/g)];
    for (const [, struct] of structs) assert.match(types, new RegExp(`STRUCT '${struct}'`), `the types of ${name}`);
  });
}
