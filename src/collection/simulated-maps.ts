/** Maps of a sandbox with the shapes that its BTF gives them. */

import { readBtf } from "../btf/index.ts";
import { type Sandbox, sandboxMapBytes } from "../vm/index.ts";
import { liveMap } from "./live-maps.ts";
import { dataMap } from "./named-parts.ts";

export function simulatedMaps({ spec, maps, machine }: Sandbox): Record<string, object> {
  const btf = readBtf(spec.btf);
  const named = [...maps].filter(([name]) => !dataMap.test(name));
  return Object.fromEntries(
    named.map(([name, map]) => [
      name,
      Object.assign(
        liveMap(sandboxMapBytes(map, machine), btf, () => ({})),
        { sandbox: map },
      ),
    ]),
  );
}
