/** libbpf's own loader, by way of bpftool. */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CollectionSpec } from "../../src/spec/index.ts";

/** Loads an object with bpftool, pinned in a file system of its own that ends with it; gives the object's types as text. */
export function bpftoolLoads(folder: string, name: string, object: Uint8Array, spec: CollectionSpec): string {
  const file = join(folder, `${name}.made.o`);
  const pins = join(folder, "pins");
  mkdirSync(pins, { recursive: true });
  writeFileSync(file, object);
  const script = 'mount -t bpf bpf "$1" && bpftool prog loadall "$2" "$1/programs" && ls "$1/programs"';
  const { status, stdout, stderr } = spawnSync("unshare", ["--mount", "sh", "-c", script, "sh", pins, file], {
    encoding: "utf8",
  });
  assert.equal(status, 0, `${name}: ${stderr}`);
  assert.doesNotMatch(stderr, /Error|failed|Retrying/, name);
  assert.deepEqual(stdout.trim().split("\n").sort(), spec.programs.map((program) => program.name).sort());
  return execFileSync("bpftool", ["btf", "dump", "file", file], { encoding: "utf8" });
}
