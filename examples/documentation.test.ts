/** The pages docs/coming-from.md and docs/features.md say what is there, and what is not. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { mapKinds } from "../src/compiler/map-kinds.ts";
import { hookFunctions } from "../src/program/hook-table.ts";
import * as language from "../src/program/index.ts";
import { hookKinds, mapTypes } from "../src/spec/index.ts";

const page = (name: string) => readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), "utf8");
const rows = (text: string) => text.split("\n").filter((line) => /^\| [^-]/.test(line));
const cells = (row: string) => row.split(" | ").map((cell) => cell.replaceAll(/^\| | \|$/g, ""));

test("every function that coming-from.md names in our column is in the language", () => {
  const [programs, inside, maps] = page("coming-from").split("\n## ").slice(1);
  const named = [programs!, inside!, maps!]
    .flatMap((section) => rows(section).slice(1))
    .flatMap((row) =>
      [
        ...cells(row)
          .at(-1)!
          .matchAll(/`([^`]+)`/g),
      ].map(([, code]) => code!.replaceAll(/"[^"]*"/g, "")),
    );
  const functions = named.flatMap((code) =>
    [...code.matchAll(/(?<![.\w])([a-z]\w*)(?=[.(<]|$)/g)].map(([, name]) => name!),
  );
  const values = [
    "for",
    "packet",
    "task",
    "map",
    "ring",
    "entry",
    "stacks",
    "seen",
    "programs",
    "console",
    "record",
    "sk",
    "event",
  ];
  const unknown = functions.filter((name) => !values.includes(name) && !Object.hasOwn(language, name));
  assert.deepEqual(unknown, []);
  assert.ok(functions.length > 40);
});

test("features.md lists what the library has and the language has not", () => {
  const written = new Set<string>(Object.values(hookFunctions).map(({ hook }) => hook));
  const declared = new Set<string>(Object.values(mapKinds).map(({ type }) => type));
  const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ") || "none";
  const expected = [
    `- Kinds of programs that load from objects and cannot be written in the language yet: ${list(Object.keys(hookKinds).filter((kind) => !written.has(kind)))}.`,
    `- Types of maps of which the same is true: ${list(Object.keys(mapTypes).filter((type) => !declared.has(type)))}.`,
  ].join("\n");
  const given = /<!-- missing:.*?-->\n(.*?)\n?<!-- end -->/s.exec(page("features"))![1];
  assert.equal(given, expected, "write the expected lines to docs/features.md");
});
