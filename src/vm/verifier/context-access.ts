/** Loads from and stores to the context, by the model of the hook. */

import type { ContextFieldModel, ContextModel, FieldKind } from "./hook-model.ts";
import type { Place } from "./memory.ts";
import { refuse } from "./refusal.ts";
import { constantScalar, pointer, unknownScalar, type Value } from "./value.ts";
import { newId, type WalkContext } from "./walk-context.ts";

export function contextLoad(walk: WalkContext, place: Place): Value {
  const { context } = walk.hook;
  checkPlaceKnown(place);
  switch (context.kind) {
    case "struct": {
      const field = fieldAt(walk, context, place, "read");
      return ofKind(walk, field.kind, place);
    }
    case "words":
      return loadWord(walk, context, place);
    case "bytes":
      checkBytes(walk, context, place);
      return unknownScalar(walk.slot, place.sizeBytes);
    default:
      return unknownScalar(walk.slot, place.sizeBytes);
  }
}

export function contextStore(walk: WalkContext, place: Place, value: Value): void {
  const { context } = walk.hook;
  checkPlaceKnown(place);
  if (context.kind === "struct") {
    fieldAt(walk, context, place, "write");
    if (value.kind === "pointer") refuse("contextAccess", "an address would be handed to the hook", "write a number");
    return;
  }
  if (context.kind !== "bytes" || !context.writable) return refuseAccess(walk, place, "it is only read");
  checkBytes(walk, context, place);
}

function checkPlaceKnown({ pointer: { offset, variable } }: Place): void {
  if (variable !== undefined || offset !== 0) {
    refuse("contextOffset", "the place inside a context must be known", "use a constant index");
  }
}

function refuseAccess(walk: WalkContext, { offset, sizeBytes }: Place, why: string): never {
  return refuse(
    "contextAccess",
    `a ${walk.hook.name} program cannot reach the ${sizeBytes} bytes at ${offset} of what it is handed: ${why}`,
    "use members that this hook has; some can only be read",
  );
}

function fieldAt(
  walk: WalkContext,
  { fields, sizeBytes: allBytes }: Extract<ContextModel, { kind: "struct" }>,
  place: Place,
  mode: "read" | "write",
): ContextFieldModel {
  const { offset, sizeBytes } = place;
  const field = fields.find((one) => offset >= one.offset && offset < one.offset + one.sizeBytes);
  if (field === undefined) {
    return refuseAccess(walk, place, offset < 0 || offset >= allBytes ? `it has ${allBytes}` : "there is no member");
  }
  if (offset + sizeBytes > field.offset + field.sizeBytes) refuseAccess(walk, place, `${field.name} ends before`);
  if (offset % sizeBytes !== 0) {
    refuse(
      "alignment",
      `${sizeBytes} bytes at ${offset} of the context, which is no multiple of ${sizeBytes}`,
      "read a whole member",
    );
  }
  const isWhole = offset === field.offset && sizeBytes === field.sizeBytes;
  if (!isWhole && !field.narrow) refuseAccess(walk, place, `${field.name} has ${field.sizeBytes} bytes`);
  if (mode === "write" && !field.writable) refuseAccess(walk, place, `${field.name} is only read`);
  return field;
}

function ofKind(walk: WalkContext, kind: FieldKind, { sizeBytes }: Place): Value {
  const { slot } = walk;
  if (kind === "scalar") return unknownScalar(slot, sizeBytes);
  if (kind === "word") return pointer({ kind: "kernel", typeId: undefined, isWord: true }, slot);
  if (kind === "walkedValue") {
    const map = walk.code.mapsByIndex.find(({ name }) => name === walk.hookSpec.map);
    if (map === undefined) return unknownScalar(slot, sizeBytes);
    const id = newId(walk);
    return pointer({ kind: "mapValue", map, id }, slot, { nullId: id });
  }
  if ("start" in kind) return pointer({ kind: "packet", region: kind.start }, slot);
  if ("end" in kind) return pointer({ kind: "packetEnd", region: kind.end }, slot);
  if ("socket" in kind) return pointer({ kind: "socket", of: kind.socket }, slot, { nullId: newId(walk) });
  return pointer({ kind: "memory", name: kind.memory, sizeBytes: kind.sizeBytes, writable: kind.writable }, slot);
}

function loadWord(walk: WalkContext, context: Extract<ContextModel, { kind: "words" }>, place: Place): Value {
  const { offset, sizeBytes } = place;
  if (offset < 0 || offset + sizeBytes > context.count * 8) refuseAccess(walk, place, `it has ${context.count * 8}`);
  if (offset % sizeBytes !== 0) {
    refuse(
      "alignment",
      `${sizeBytes} bytes at ${offset} of the context, which is no multiple of ${sizeBytes}`,
      "read a whole word",
    );
  }
  const kind = context.others?.[offset / 8] ?? context.word;
  if (kind === "scalar" || sizeBytes !== 8) {
    if (sizeBytes !== 8) refuseAccess(walk, place, "it has words of 8 bytes");
    return unknownScalar(walk.slot, sizeBytes);
  }
  return ofKind(walk, kind, place);
}

function checkBytes(walk: WalkContext, context: Extract<ContextModel, { kind: "bytes" }>, place: Place): void {
  const { offset, sizeBytes } = place;
  // The collection's own types need not have the header that the kernel puts in front.
  const first = walk.code.relocations.has(walk.slot) ? 0 : (context.firstByte ?? 0);
  if (offset < first || offset + sizeBytes > context.mostBytes) {
    refuseAccess(walk, place, `it has bytes ${first} to ${context.mostBytes - 1}`);
  }
  if (offset % sizeBytes !== 0) {
    refuse(
      "alignment",
      `${sizeBytes} bytes at ${offset} of the context, which is no multiple of ${sizeBytes}`,
      "read a whole member",
    );
  }
  walk.contextBytes = Math.max(walk.contextBytes, offset + sizeBytes);
}

/** What a program finds in r1, and r2, when it begins. */
export function firstRegisters(context: ContextModel): readonly (Value | undefined)[] {
  if (context.kind !== "memory") return [undefined, pointer({ kind: "context" }, -1)];
  const { sizeBytes, writable, writableBytes, name = "the memory" } = context;
  const target = {
    kind: "memory",
    name,
    sizeBytes,
    writable,
    ...(writableBytes !== undefined && { writableBytes }),
  } as const;
  const memory: Value = sizeBytes === 0 ? constantScalar(0n, -1) : pointer(target, -1);
  return [undefined, memory, constantScalar(BigInt(sizeBytes), -1)];
}
