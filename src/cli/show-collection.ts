/** What a collection without a user half has to say: records as they come, and what is in its maps at the end. */

import type { AnyCollection, LiveRing, Reading } from "../collection/index.ts";
import { runIterator } from "../kernel/index.ts";
import { logMapName, readLog } from "../spec/index.ts";
import { entryTypes, type Show, showMap } from "./show-map.ts";
import { valueJson, valueText } from "./value-text.ts";

/** Prints every record of every ring buffer from now on. */
export function showRecords(collection: AnyCollection, { json, write }: Show): Reading[] {
  return ringsOf(collection).map(([name, ring]) =>
    ring.read((record) =>
      write(
        json ? `{"map":${JSON.stringify(name)},"record":${valueJson(record)}}\n` : `${name}  ${valueText(record)}\n`,
      ),
    ),
  );
}

/** Prints what programs say by `console.log`, with the line of the source, from now on. */
export function showLog(collection: AnyCollection, { json, write }: Show): Reading[] {
  const log = logOf(collection);
  if (log === undefined) return [];
  const { logs = [] } = collection.kernel.spec;
  return [
    log.read((record) => {
      const line = readLog(logs, record as Uint8Array);
      if (line === undefined) return;
      const { file, line: number, text } = line;
      write(
        json ? `${JSON.stringify({ log: text, file, line: number })}\n` : `${file}:${number}: ${valueText(text)}\n`,
      );
    }),
  ];
}

/** The ring buffer of `console.log`, if the programs have one. */
export function logOf({ maps, kernel }: AnyCollection): LiveRing | undefined {
  return kernel.maps.has(logMapName) ? (maps[logMapName] as LiveRing) : undefined;
}

/** The ring buffers that the module declares, by name. */
export function ringsOf({ maps, kernel }: AnyCollection): [string, LiveRing][] {
  return [...kernel.maps].flatMap(([name, { spec }]) =>
    spec.type === "ringBuffer" && name !== logMapName ? [[name, maps[name] as LiveRing]] : [],
  );
}

/** Prints what iterators write, and then every entry of every map that has entries. */
export function showContents(collection: AnyCollection, show: Show): void {
  for (const [name, { spec }] of collection.kernel.programs) {
    if (spec.hook.kind !== "iterator") continue;
    const link = collection.kernel.attach(name);
    show.write(Buffer.from(runIterator(link)).toString("utf8"));
    link.close();
  }
  for (const [name, { spec }] of collection.kernel.maps) {
    if (entryTypes.has(spec.type) && !name.startsWith(".")) showMap(name, spec.type, collection.maps[name], show);
  }
}
