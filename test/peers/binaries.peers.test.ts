/** Programs and libraries as real compilers and linkers make them, of several machines, classes and byte orders. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { findSymbols } from "../../src/elf/binary/find-symbols.ts";
import { openBinary, openSource, readElf } from "../../src/elf/index.ts";

const source = fileURLToPath(new URL("../../../test/fixtures/elf/probes.c", import.meta.url));
let folder = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "tarsier-binaries-"));
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("symbols are read of both classes and both byte orders", () => {
  const machines = [
    ["powerpc-linux-gnu", false, false],
    ["powerpc64-linux-gnu", true, false],
    ["i386-linux-gnu", false, true],
    ["aarch64-linux-gnu", true, true],
  ] as const;
  for (const [target, is64, littleEndian] of machines) {
    const object = join(folder, `${target}.o`);
    execFileSync("clang-19", [`--target=${target}`, "-O1", "-c", source, "-o", object]);
    const opened = openSource(object);
    const file = readElf(opened);
    const symbol = findSymbols(file, ["answer"]).get("answer");
    opened.close();
    assert.deepEqual([file.is64, file.littleEndian], [is64, littleEndian], target);
    assert.ok(symbol !== undefined && symbol.sizeBytes > 0, target);
  }
});

test("probes of a library are where its code is", {
  skip: process.arch !== "x64" && "the probes are in x86 words",
}, () => {
  const path = join(folder, "libprobes.so");
  const options = [
    "-shared",
    "-fPIC",
    "-O1",
    "-Wl,--build-id=sha1",
    "-Wl,--hash-style=gnu",
    "-Wl,-soname,libprobes.so.1",
  ];
  execFileSync("gcc", [...options, source, "-o", path]);
  const library = openBinary(path);
  try {
    const [plain, counted] = library.userProbes();
    assert.deepEqual([plain?.provider, plain?.name, counted?.name], ["tarsier", "plain", "counted"]);
    assert.equal(library.functionAt(plain!.address)?.name, "probed");
    const bytes = readFileSync(path);
    for (const probe of [plain, counted]) assert.equal(bytes[probe!.fileOffset!], 0x90);
    assert.equal(plain?.semaphoreFileOffset, undefined);
    assert.equal(counted?.semaphoreFileOffset, library.fileOffset("tarsier_semaphore"));
    assert.deepEqual(
      plain?.arguments.map(({ place }) => place),
      [
        { kind: "register", register: "edi" },
        { kind: "constant", value: 7n },
      ],
    );
    assert.match(library.buildId ?? "", /^[0-9a-f]{40}$/);
    assert.equal(library.linking.sharedName, "libprobes.so.1");
  } finally {
    library.close();
  }
});

test("symbols that were taken out are where the debug link says", () => {
  const path = join(folder, "libprobes.so");
  const [debug, stripped] = [join(folder, "libprobes.debug"), join(folder, "stripped.so")];
  execFileSync("gcc", ["-shared", "-fPIC", "-g", source, "-o", path]);
  execFileSync("objcopy", ["--only-keep-debug", path, debug]);
  execFileSync("objcopy", ["--strip-debug", `--add-gnu-debuglink=${debug}`, path, stripped]);
  const library = openBinary(stripped);
  assert.equal(library.debugLink?.fileName, "libprobes.debug");
  library.close();
});
