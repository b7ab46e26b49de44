import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { newest } from "./debian.ts";

const rows: { name: string; package: string }[] = JSON.parse(
  readFileSync(new URL("../../../scripts/vm/kernels.json", import.meta.url), "utf8"),
).filter((row: object) => "package" in row);
const packages = [
  "linux-image-6.1.0-9-amd64",
  "linux-image-6.1.0-56-amd64",
  "linux-image-6.1.0-56-amd64-dbg",
  "linux-image-6.1.0-57-cloud-amd64",
  "linux-image-6.1.0-57-rt-amd64",
  "linux-image-6.12.9+deb12-amd64",
  "linux-image-6.12.117+deb12-amd64",
  "linux-image-6.12.117+deb12-amd64-unsigned",
  "linux-image-6.12.118+deb13-amd64",
  "linux-image-amd64",
];

test("the newest plain kernel of a series is taken, by its numbers", () => {
  assert.deepEqual(
    rows.map((row) => newest(packages, new RegExp(row.package))),
    ["linux-image-6.1.0-56-amd64", "linux-image-6.12.117+deb12-amd64"],
  );
});

test("a series without packages has no newest", () => {
  assert.equal(newest(packages, /^linux-image-5\./), undefined);
});
