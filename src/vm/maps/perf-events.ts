/**
 * Arrays of perf events. A sandbox has no perf events: what programs send is kept, with its processor, until someone takes it; so
 * entries need not be set, and what is set is only kept.
 */

import type { MapSpec } from "../../spec/index.ts";
import type { Machine } from "../machine.ts";
import { referenceArray } from "./references.ts";
import type { MapParts } from "./users.ts";

export function perfEventArray(machine: Machine, spec: MapSpec): MapParts {
  const maxEntries = spec.maxEntries === 0 ? machine.processors : spec.maxEntries;
  return { ...referenceArray(machine, { ...spec, maxEntries }), records: [] };
}
