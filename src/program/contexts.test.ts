/** The kernel's own types say where the members of contexts stand. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { readBtf } from "../btf/index.ts";
import { contexts } from "./contexts.ts";

const path = "/sys/kernel/btf/vmlinux";

test("members stand where the kernel has them", { skip: existsSync(path) ? false : `no ${path}` }, () => {
  const btf = readBtf(readFileSync(path));
  for (const { struct, members } of Object.values(contexts)) {
    const offsets = offsetsOf(btf, btf.find(struct, "struct")!);
    for (const { member, offset } of Object.values(members)) {
      assert.equal(offsets.get(member), offset, `${struct}.${member}`);
    }
  }
});

/** Bytes from the beginning of a structure to each member, those inside of unnamed unions too. */
function offsetsOf(btf: ReturnType<typeof readBtf>, id: number, from = 0): Map<string, number> {
  const type = btf.type(id);
  const offsets = new Map<string, number>();
  if (type.kind !== "struct" && type.kind !== "union") return offsets;
  for (const { name, type: memberType, bitOffset } of type.members) {
    const at = from + bitOffset / 8;
    if (name !== "") offsets.set(name, at);
    else for (const [inner, offset] of offsetsOf(btf, memberType, at)) offsets.set(inner, offset);
  }
  return offsets;
}
