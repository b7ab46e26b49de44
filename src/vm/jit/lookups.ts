/** Look-ups in maps that lie in memory as their `place` says. */

import { element, header, valueOffset } from "../maps/hash-layout.ts";
import type { ArrayPlace, HashPlace, SandboxMap } from "../maps/map.ts";
import type { FunctionType } from "./module.ts";
import { type Code, code } from "./wasm.ts";

/** (address of the key) → pointer to the value, 0 for none. */
export const lookupType: FunctionType = { parameters: ["i32"], results: ["i64"] };

/** A look-up in a map that lies in memory as its `place` says. */
export function lookupFunction({ spec, place }: SandboxMap): Code {
  return place?.kind === "array" ? arrayLookup(place) : hashLookup(place as HashPlace, spec.keySizeBytes);
}

function arrayLookup({ count, objects, firstAddress, strideBytes }: ArrayPlace): Code {
  const out = code(1);
  const index = out.local("i32");
  out.get(0);
  out.memory("i32.load");
  out.tee(index);
  out.i32(count);
  out.op("i32.lt_u");
  out.if("i64");
  out.get(index);
  out.op("i64.extend_i32_u");
  // The next value has the next handle, and lies a stride further.
  out.i64(strideBytes, 1);
  out.op("i64.mul");
  out.i64(firstAddress, objects.firstIndex);
  out.op("i64.add", "else");
  out.i64(0, 0);
  out.close();
  return out;
}

/** `hashOf` of hash-layout.ts, unrolled for the key, and a walk along the bucket. */
function hashLookup({ headerAddress, leastRecentlyUsed }: HashPlace, keySizeBytes: number): Code {
  const out = code(1);
  const key = 0;
  const hash = out.local("i32");
  const at = out.local("i32");
  const mixIn = (load: "i32.load" | "i32.load8_u", offset: number) => {
    out.get(hash);
    out.get(key);
    out.memory(load, offset);
    out.op("i32.xor");
    out.i32(0x9e3779b1 | 0);
    out.op("i32.mul");
    out.i32(13);
    out.op("i32.rotl");
    out.set(hash);
  };
  out.i32(0);
  out.memory("i32.load", headerAddress + header.seed);
  out.i32(keySizeBytes);
  out.op("i32.xor");
  out.set(hash);
  const pieces = piecesOf(keySizeBytes);
  let offset = 0;
  for (; offset + 4 <= keySizeBytes; offset += 4) mixIn("i32.load", offset);
  for (; offset < keySizeBytes; offset++) mixIn("i32.load8_u", offset);
  shiftedXor(out, hash, 15);
  out.i32(0x85ebca6b | 0);
  out.op("i32.mul");
  out.set(hash);
  shiftedXor(out, hash, 13);
  out.tee(hash);
  out.i32(0);
  out.memory("i32.load", headerAddress + header.bucketMask);
  out.op("i32.and");
  out.i32(2);
  out.op("i32.shl");
  out.i32(0);
  out.memory("i32.load", headerAddress + header.buckets);
  out.op("i32.add");
  out.memory("i32.load");
  out.set(at);
  const none = out.block();
  const walk = out.loop();
  out.get(at);
  out.op("i32.eqz");
  out.brIf(none);
  const next = out.block();
  out.get(at);
  out.memory("i32.load", element.hash);
  out.get(hash);
  out.op("i32.ne");
  out.brIf(next);
  for (const piece of pieces) {
    out.get(at);
    out.memory(piece.load, element.key + piece.offset);
    out.get(key);
    out.memory(piece.load, piece.offset);
    out.op(piece.load.startsWith("i64") ? "i64.ne" : "i32.ne");
    out.brIf(next);
  }
  if (leastRecentlyUsed) {
    out.get(at);
    out.i32(1);
    out.memory("i32.store", element.referenced);
  }
  out.get(at);
  out.memory("i64.load32_u", element.handle);
  out.i64(32, 0);
  out.op("i64.shl");
  out.get(at);
  out.i32(valueOffset(keySizeBytes));
  out.op("i32.add", "i64.extend_i32_u", "i64.or", "return");
  out.close();
  out.get(at);
  out.memory("i32.load", element.next);
  out.set(at);
  out.br(walk);
  out.close();
  out.close();
  out.i64(0, 0);
  return out;
}

function shiftedXor(out: Code, local: number, bits: number): void {
  out.get(local);
  out.get(local);
  out.i32(bits);
  out.op("i32.shr_u", "i32.xor");
}

/** A key in as few loads as there are. */
function piecesOf(
  keySizeBytes: number,
): { load: "i64.load" | "i32.load" | "i32.load16_u" | "i32.load8_u"; offset: number }[] {
  const pieces: ReturnType<typeof piecesOf> = [];
  const steps = [
    { load: "i64.load", sizeBytes: 8 },
    { load: "i32.load", sizeBytes: 4 },
    { load: "i32.load16_u", sizeBytes: 2 },
    { load: "i32.load8_u", sizeBytes: 1 },
  ] as const;
  let offset = 0;
  for (const { load, sizeBytes } of steps) {
    for (; offset + sizeBytes <= keySizeBytes; offset += sizeBytes) pieces.push({ load, offset });
  }
  return pieces;
}
