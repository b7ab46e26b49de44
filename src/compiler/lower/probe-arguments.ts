/** The arguments of a statically defined probe (USDT), from where the array `.usdt` says for the place that was reached. */

import { bytes } from "../../bytes/index.ts";
import * as isa from "../../isa/index.ts";
import {
  mostProbeArguments,
  mostProbePlaces,
  type ProbeArgumentPlace,
  probeArgumentBytes,
  probeArgumentOffsets,
  probeArgumentsMapName,
} from "../../spec/index.ts";
import type { MapEntity } from "../entity.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import type { Place } from "../source.ts";
import { integerType } from "../types.ts";
import type { Lowering } from "./lowering.ts";
import { onStack } from "./memory.ts";

/** Room for a read of up to 15 bytes, which is what the verifier can be told of sizes up to 8. */
const slotBytes = 16;

/** The first `count` arguments, 64 bits each. At a place that nobody told of, the program ends. */
export function probeArguments(lowering: Lowering, count: number, place: Place): Value[] {
  if (count === 0) return [];
  if (count > mostProbeArguments)
    throw problem("mistake", place, `a probe has at most ${mostProbeArguments} arguments`);
  const entry = entryOfPlace(lowering, place);
  return Array.from({ length: count }, (_, index) => argument(lowering, entry, index, place));
}

function entryOfPlace(lowering: Lowering, place: Place): Value {
  const { builder, uses } = lowering;
  const known = [...uses.maps].find(({ name }) => name === probeArgumentsMapName);
  if (known === undefined) uses.maps.add(placesMap(place));
  const cookie = lowering.emit({ kind: "call", helper: "bpf_get_attach_cookie" }, [lowering.context(place)], place);
  const key = onStack(lowering, integerType("u32"), cookie, place);
  const map = lowering.emit({ kind: "map", map: probeArgumentsMapName }, [], place);
  const entry = lowering.emit({ kind: "call", helper: "bpf_map_lookup_elem" }, [map, key], place);
  const [absent, found] = [builder.newBlock(), builder.newBlock()];
  const operands: [Value, Value] = [entry, lowering.constant(0, place)];
  lowering.branch({ condition: isa.jeq, width: 64, operands }, { then: absent, otherwise: found }, place);
  lowering.enter(absent);
  const { return: end } = lowering.activation;
  if (end.kind !== "value") throw problem("bug", place, "a handler that is a condition");
  lowering.jump(end.to, place);
  lowering.enter(found);
  return entry;
}

function placesMap(place: Place): MapEntity {
  const value = bytes(mostProbeArguments * probeArgumentBytes);
  const common = { kind: "map", type: "array", mmapable: false, place } as const;
  return { ...common, name: probeArgumentsMapName, value, maxEntries: mostProbePlaces };
}

function argument(lowering: Lowering, entry: Value, index: number, place: Place): Value {
  const part = (name: keyof ProbeArgumentPlace, sizeBytes: 1 | 2 | 8) => {
    const offset = index * probeArgumentBytes + probeArgumentOffsets[name];
    return lowering.emit({ kind: "load", sizeBytes, offset }, [entry], place);
  };
  const alu = (operation: isa.AluOperation, left: Value, right: Value) =>
    lowering.emit({ kind: "alu", alu: operation, width: 64 }, [left, right], place);
  const atMost = (size: Value, bits: number) => alu(isa.and, size, lowering.constant(bits, place));
  const slot = lowering.emit({ kind: "frame", sizeBytes: slotBytes }, [], place);
  // A read of no bytes leaves what stands in the slot.
  const read = (helper: "bpf_probe_read_kernel" | "bpf_probe_read_user", before: Value, size: Value, from: Value) => {
    lowering.emit({ kind: "store", sizeBytes: 8, offset: 0 }, [slot, before], place);
    lowering.emit({ kind: "call", helper }, [slot, size, from], place);
    return lowering.emit({ kind: "load", sizeBytes: 8, offset: 0 }, [slot], place);
  };
  const none = lowering.constant(0, place);
  const register = (offset: Value, size: Value) =>
    read("bpf_probe_read_kernel", none, atMost(size, 8), alu(isa.add, lowering.context(place), offset));

  const base = register(part("baseOffset", 2), part("baseBytes", 1));
  const counted = register(part("indexOffset", 2), part("indexBytes", 1));
  const scaled = alu(isa.lsh, counted, part("indexShift", 1));
  const sum = alu(isa.add, alu(isa.add, base, scaled), part("addend", 8));
  const found = read("bpf_probe_read_user", sum, atMost(part("memoryBytes", 1), slotBytes - 1), sum);
  const shift = part("shift", 1);
  return alu(isa.and, alu(isa.arsh, alu(isa.lsh, found, shift), shift), part("mask", 8));
}
