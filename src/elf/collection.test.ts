import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { InputError } from "../errors/error.ts";
import { collectionFromJson } from "../spec/json.ts";
import { comparable, richCollection } from "./collection.testing.ts";
import { collectionFromElf, elfFromCollection } from "./index.ts";

/** What our compiler made of the programs that ship. */
const compiled = ["self", "tracepoints", "functions"].map((name) => {
  const path = new URL(`../programs/${name}.json`, import.meta.url);
  return collectionFromJson(readFileSync(path, "utf8"), `${name}.json`);
});

test("a collection comes back from its object as it was", () => {
  for (const spec of [richCollection(), ...compiled]) {
    const read = collectionFromElf(elfFromCollection(spec), `${spec.name}.o`);
    assert.deepEqual(comparable(read), comparable(spec));
  }
});

test("the object of what was read is the same again", () => {
  for (const spec of [richCollection(), ...compiled]) {
    const once = collectionFromElf(elfFromCollection(spec), `${spec.name}.o`);
    const again = collectionFromElf(elfFromCollection(once), `${spec.name}.o`);
    assert.deepEqual(comparable(again), comparable(once));
    assert.deepEqual(elfFromCollection(spec), elfFromCollection(spec));
  }
});

test("bytes that are no object are refused by name", () => {
  const refusal = (bytes: Uint8Array, message: RegExp) =>
    assert.throws(
      () => collectionFromElf(bytes, "x.o"),
      (error) => error instanceof InputError && message.test(error.message),
    );
  refusal(new Uint8Array(0), /^x\.o is no ELF file/);
  refusal(Buffer.from("#!/bin/sh\n"), /^x\.o is no ELF file/);
  refusal(
    elfFromCollection(richCollection()).subarray(0, 40),
    /^x\.o: its header would lie outside the file of 40 bytes/,
  );
  refusal(readFileSync(process.execPath), /^x\.o: it is no eBPF object/);
});

test("a broken object gives an error of its kind and nothing else", () => {
  const file = elfFromCollection(richCollection());
  const change = fc.record({
    at: fc.oneof(fc.nat(file.length - 1), fc.nat(63), fc.integer({ min: file.length - 64 * 12, max: file.length - 1 })),
    value: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
  });
  const changes = fc.array(change, { minLength: 1, maxLength: 6 });
  let refused = 0;
  fc.assert(
    fc.property(changes, fc.nat(40), (list, cut) => {
      const broken = file.slice(0, cut === 0 ? file.length - list.length * 8 : file.length);
      for (const { at, value } of list) if (at < broken.length) broken[at] = value;
      try {
        collectionFromElf(broken, "broken.o");
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        assert.match(error.code, /^(ELF|BTF|ISA|BYTES)_/);
        refused++;
      }
    }),
    { numRuns: 10_000 },
  );
  assert.ok(refused > 1000, `only ${refused} were refused`);
});
