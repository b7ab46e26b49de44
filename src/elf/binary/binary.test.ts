import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { InputError } from "../../errors/error.ts";
import { readElf } from "../read.ts";
import { bytesSource } from "../source.ts";
import { readSymbols } from "../symbols.ts";
import { openBinary } from "./binary.ts";
import { dynamicLinkingOf } from "./dynamic.ts";
import { findSymbols } from "./find-symbols.ts";
import { functionsByAddress } from "./functions-by-address.ts";
import { buildIdOf, debugLinkOf } from "./notes.ts";
import { parseArguments } from "./probe-argument.ts";
import { pathInProcess, pathInRoot } from "./root.ts";
import { userProbesOf } from "./user-probes.ts";

const names = ["SSL_write", "SSL_read", "uv_run"];

test("symbols of this very program are found by its hash table as by looking at each of them", () => {
  const node = openBinary(process.execPath);
  try {
    const found = node.symbols(names);
    const table = node.file.section(".dynsym")!;
    const symbols = readSymbols(node.file, table);
    for (let index = 0; index < symbols.count; index++) {
      const symbol = symbols.at(index);
      if (names.includes(symbol.name)) assert.deepEqual(found.get(symbol.name), symbol);
    }
    assert.deepEqual([...found.keys()].sort(), [...names].sort());
  } finally {
    node.close();
  }
});

test("a few look-ups cost little, however large the program", () => {
  const started = performance.now();
  const node = openBinary(process.execPath);
  assert.equal(node.symbols(names).size, names.length);
  node.close();
  const milliseconds = performance.now() - started;
  // It takes 4 ms; the bound is for slow and busy machines.
  assert.ok(milliseconds < 200, `${milliseconds} ms`);
});

test("addresses, offsets and functions agree", () => {
  const node = openBinary(process.execPath);
  try {
    const symbol = node.symbols(["SSL_write"]).get("SSL_write")!;
    const offset = node.fileOffset("SSL_write")!;
    assert.equal(node.addressOfOffset(offset), symbol.value);
    assert.equal(node.fileOffsetOf(symbol.value + 5n), offset + 5);
    assert.deepEqual(node.functionAt(symbol.value + 5n), { name: "SSL_write", address: symbol.value, distance: 5 });
    assert.equal(node.functionAt(0n), undefined);
    assert.equal(node.fileOffset("no_such_function"), undefined);
    assert.equal(node.fileOffsetOf(1n << 60n), undefined);
  } finally {
    node.close();
  }
});

test("what a program is linked with is what its loader says", { skip: !existsSync("/usr/bin/ldd") && "no ldd" }, () => {
  const node = openBinary(process.execPath);
  const { needed } = node.linking;
  node.close();
  const listed = execFileSync("ldd", [process.execPath], { encoding: "utf8" });
  assert.ok(needed.length > 0);
  for (const name of needed) assert.ok(listed.includes(name), name);
});

const readelf = existsSync("/usr/bin/readelf") ? "/usr/bin/readelf" : undefined;

test("the build id is the one that readelf reads", { skip: readelf === undefined && "no readelf" }, () => {
  const node = openBinary(process.execPath);
  const { buildId } = node;
  node.close();
  const said = /Build ID: ([0-9a-f]+)/.exec(spawnSync(readelf!, ["-n", process.execPath], { encoding: "utf8" }).stdout);
  assert.equal(buildId, said?.[1]);
});

test("arguments of probes are read in the words of both machines", () => {
  const places = (text: string) => parseArguments(text).map(({ place }) => place);
  assert.deepEqual(parseArguments("-4@%edi 8f@%xmm1"), [
    { sizeBytes: 4, signed: true, float: false, place: { kind: "register", register: "edi" } },
    { sizeBytes: 8, signed: false, float: true, place: { kind: "register", register: "xmm1" } },
  ]);
  assert.deepEqual(places("8@-16(%rbp) 4@(%rax) 8@0x8(%rdx,%rax,4) -4@$-1 8@counter(%rip)"), [
    { kind: "memory", base: "rbp", offset: -16 },
    { kind: "memory", base: "rax", offset: 0 },
    { kind: "memory", base: "rdx", offset: 8, index: "rax", scale: 4 },
    { kind: "constant", value: -1n },
    { kind: "other", text: "counter(%rip)" },
  ]);
  assert.deepEqual(places("8@[sp, 24] -4@w0 8@[x19] 4@12"), [
    { kind: "memory", base: "sp", offset: 24 },
    { kind: "register", register: "w0" },
    { kind: "memory", base: "x19", offset: 0 },
    { kind: "constant", value: 12n },
  ]);
});

test("paths of another process stay inside its root", () => {
  const root = mkdtempSync(join(tmpdir(), "tarsier-root-"));
  try {
    mkdirSync(join(root, "usr", "lib"), { recursive: true });
    writeFileSync(join(root, "usr", "lib", "real.so"), "");
    symlinkSync("/usr/lib", join(root, "lib"));
    symlinkSync("../../../../usr/lib/real.so", join(root, "usr", "lib", "relative.so"));
    symlinkSync("loop", join(root, "loop"));
    assert.equal(pathInRoot(root, "/lib/real.so"), `${root}/usr/lib/real.so`);
    assert.equal(pathInRoot(root, "/lib/relative.so"), `${root}/usr/lib/real.so`);
    assert.equal(pathInRoot(root, "/../../lib/../lib/./real.so"), `${root}/usr/lib/real.so`);
    assert.throws(() => pathInRoot(root, "/loop"), { code: "ELF_UNREADABLE" });
  } finally {
    rmSync(root, { recursive: true });
  }
  const node = openBinary(pathInProcess(process.pid, process.execPath));
  assert.ok(node.buildId);
  node.close();
});

test("files that are no programs are refused", () => {
  assert.throws(() => openBinary("/no/such/file"), { code: "ELF_UNREADABLE" });
  assert.throws(() => openBinary("/usr"), { code: "ELF_UNREADABLE" });
  assert.throws(() => openBinary("/etc/passwd"), { code: "ELF_BAD_MAGIC" });
});

const library = ["/lib/x86_64-linux-gnu/libdl.so.2", "/usr/bin/true", "/bin/true"].find((path) => existsSync(path));

test("a broken library gives an error of its kind and nothing else", {
  skip: library === undefined && "no small one",
}, () => {
  const file = readFileSync(library!);
  // The header and the tables are where a change means most.
  const change = fc.record({ at: fc.oneof(fc.nat(2000), fc.nat(file.length - 1)), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      const broken = new Uint8Array(file);
      for (const { at, value } of changes) broken[at] = value;
      try {
        const elf = readElf(bytesSource(broken, "broken"));
        findSymbols(elf, ["dlopen", "main", "none"]);
        functionsByAddress(elf)(0x1000n);
        dynamicLinkingOf(elf);
        buildIdOf(elf);
        debugLinkOf(elf);
        userProbesOf(elf);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        assert.match(error.code, /^ELF_/);
      }
    }),
    { numRuns: 3000 },
  );
});
