/** Whether two collections do the same: verdicts, packets and maps. */

import { type KernelCollection, type KernelMap, loadCollection, testRun } from "../src/kernel/index.ts";
import type { CollectionSpec } from "../src/spec/index.ts";
import { seeded, type Twin } from "./twins/inputs.ts";

/** Runs both on `count` inputs. Maps with one entry are compared after each, all of them at the end. */
export function checkEqual(twin: Twin, ours: CollectionSpec, theirs: CollectionSpec, count: number): void {
  const collections = [ours, theirs].map((spec) => loadCollection(spec)) as [KernelCollection, KernelCollection];
  try {
    const random = seeded(1);
    const verdicts = new Set<number>();
    for (const { map } of collections) twin.fill?.(map);
    const names = ours.maps.map(({ name }) => name).filter((name) => !name.startsWith("."));
    const small = names.filter((name) => collections.every(({ map }) => map(name).spec.maxEntries === 1));
    for (let turn = 0; turn < count; turn++) {
      const data = twin.input(random);
      if (data.length < 14) continue;
      const [left, right] = collections.map((collection) => {
        const { returnValue, data: after } = testRun(collection.program("run"), { data });
        verdicts.add(returnValue);
        return [returnValue, hex(after), ...small.map((name) => contents(collection.map(name)))].join(" ");
      });
      if (left !== right)
        throw new Error(`${twin.name}: input ${turn} ${hex(data)}\n gives ${left}\n clang's ${right}`);
    }
    for (const name of names) {
      const [left, right] = collections.map(({ map }) => contents(map(name)));
      if (left !== right) throw new Error(`${twin.name}: the map ${name} holds\n ${left}\n clang's ${right}`);
    }
    const moved = names.some((name) => /[1-9a-f]/.test(contents(collections[0].map(name))));
    if (verdicts.size < 2 && !moved) throw new Error(`${twin.name}: all inputs gave the same`);
  } finally {
    for (const collection of collections) collection.close();
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Everything in a map: the values of an array in a row, entries of others by key. */
function contents(map: KernelMap): string {
  const key = (index: number) => new Uint8Array(Uint32Array.of(index).buffer);
  if (map.spec.type === "array") {
    return Array.from({ length: map.spec.maxEntries }, (_, index) => hex(map.get(key(index))!)).join("");
  }
  return [...map.keys()]
    .map((at) => `${hex(at)}=${hex(map.get(at)!)}`)
    .sort()
    .join(" ");
}
