/** Arguments of statically defined probes (USDT), in programs on probes of our own copies of programs. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type KernelCollection, loadCollection, staticProbes } from "../kernel/index.ts";
import { kernelTest } from "../kernel/kernel-tests.testing.ts";
import { probeArgumentsMapName } from "../spec/index.ts";
import { compileText } from "./compile.testing.ts";

const python = "/usr/bin/python3";

/** Runs `use` with a directory that is gone afterwards. */
function inDirectory(use: (directory: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "tarsier-usdt-"));
  try {
    use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function numbersOf(collection: KernelCollection, map: string, words: number): bigint[] {
  const value = collection.map(map).get(new Uint8Array(4))!;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: words }, (_, index) => view.getBigInt64(8 * index, true));
}

/** A probe whose arguments are in every kind of place, written as `sys/sdt.h` does. */
const steps = `
int main(void) {
  static struct { short small; short pad[3]; long words[3]; } memory = {0x7abc, {1, 1, 1}, {10, 20, -30}};
  __asm__ volatile(
    "movl $-5, %%edi\\n movabsq $0x123456789a, %%rsi\\n movl $0x7f80, %%ecx\\n movl $2, %%r8d\\n"
    "990: nop\\n"
    ".pushsection .note.stapsdt,\\"\\",\\"note\\"\\n .balign 4\\n .4byte 992f-991f, 994f-993f, 3\\n"
    "991: .asciz \\"stapsdt\\"\\n 992: .balign 4\\n"
    "993: .8byte 990b\\n .8byte 0\\n .8byte 0\\n .asciz \\"mine\\"\\n .asciz \\"step\\"\\n"
    ".asciz \\"-4@%%edi 4@%%edi 8@%%rsi 4@$7 -1@%%cl 1@%%cl 2@(%%rdx) 8@8(%%rdx,%%r8,8) -8@$-9 -4@16(%%rdx)\\"\\n"
    "994: .balign 4\\n .popsection\\n"
    : : "d"(&memory) : "rdi", "rsi", "rcx", "r8", "memory");
  return 0;
}`;

kernelTest("arguments in registers, in memory and known beforehand", (context) => {
  inDirectory((directory) => {
    const [source, binary] = [join(directory, "steps.c"), join(directory, "steps")];
    writeFileSync(source, steps);
    if (process.arch !== "x64" || spawnSync("cc", ["-o", binary, source]).status !== 0) {
      return context.skip("needs a C compiler for x64");
    }
    const types = "i64 u64 u64 u32 i64 u8 u16 i64 i64 i32 u64".split(" ");
    const body = types.map(
      (type, index) => `out.words[${index}] = ${type === "u64" ? "" : "u64("}a${index}${type === "u64" ? "" : ")"};`,
    );
    const collection = loadCollection(
      compileText(`import { usdt } from "tarsier/program";
        const Out = struct({ words: array(u64, 12) });
        export const result = arrayMap({ value: Out, maxEntries: 1 });
        export const step = usdt("${binary}:mine:step", (${types.map((type, index) => `a${index}: ${type}`).join(", ")}) => {
          const out = result.get(0);
          if (out === null) return;
          ${body.join("\n")}
          out.words[11] += 1n;
        });`),
    );
    try {
      assert.throws(() => collection.attach<"usdt">("step", { cookie: 1n }), { code: "USDT_COOKIE" });
      collection.attach("step");
      spawnSync(binary);
      assert.deepEqual(numbersOf(collection, "result", 12), [
        ...[-5n, 0xfffffffbn, 0x123456789an, 7n, -128n, 0x80n, 0x7abcn, -30n, -9n, 20n],
        ...[0n, 1n],
      ]);
    } finally {
      collection.close();
    }
  });
});

kernelTest("places of several probes in one collection are told apart", (context) => {
  if (!existsSync(python) || staticProbes(realpathSync(python)).length === 0) {
    return context.skip(`there is no ${python} with statically defined probes`);
  }
  inDirectory((directory) => {
    // A file of our own: nobody else's Python runs into the probe.
    const binary = join(directory, "python");
    copyFileSync(realpathSync(python), binary);
    const collection = loadCollection(
      compileText(`import { usdt } from "tarsier/program";
        const Name = struct({ text: bytes(32) });
        export const generations = arrayMap({ value: u64, maxEntries: 4 });
        export const names = hash({ key: Name, value: u64, maxEntries: 4096 });
        export const collects = usdt("${binary}:python:gc__start", (generation: i32) => {
          const count = generations.get(u32(generation));
          if (count !== null) count.value += 1n;
        });
        export const imports = usdt((name: u64) => {
          const key = Name.zero();
          if (readUserText(key.text, name)) names.set(key, 1n);
        });`),
    );
    try {
      collection.attach("collects");
      collection.attach<"usdt">("imports", { binary, provider: "python", probe: "import__find__load__start" });
      spawnSync(binary, [
        "-c",
        "import gc; gc.disable(); gc.collect(1); gc.collect(1); gc.collect(1); import colorsys",
      ]);
      const key = (text: string) => Buffer.from(text.padEnd(32, "\0"));
      assert.ok(collection.map("names").get(key("colorsys")), "the module's name");
      const count = collection.map("generations").get(Uint8Array.of(1, 0, 0, 0))!;
      assert.ok(
        new DataView(count.buffer, count.byteOffset).getBigUint64(0, true) >= 3n,
        "collections of generation 1",
      );
      const entry = (index: number) => collection.map(probeArgumentsMapName).get(Uint8Array.of(index, 0, 0, 0))!;
      assert.notDeepEqual(entry(0), entry(1));
    } finally {
      collection.close();
    }
  });
});

test("a program that takes no arguments needs no array of places", () => {
  const spec = compileText(`import { usdt } from "tarsier/program"; export const run = usdt("/bin/x:a:b", () => {});`);
  assert.deepEqual([spec.programs[0]!.hook, spec.maps], [{ kind: "usdt", target: "/bin/x:a:b" }, []]);
});

test("more arguments than a probe can have are refused", () => {
  const parameters = Array.from({ length: 13 }, (_, index) => `a${index}: u64`).join(", ");
  const text = `import { usdt } from "tarsier/program"; export const run = usdt((${parameters}) => {});`;
  assert.throws(() => compileText(text), /a probe has at most 12 arguments/);
});
