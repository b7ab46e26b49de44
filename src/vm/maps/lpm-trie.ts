/**
 * Tries of prefixes (`kernel/bpf/lpm_trie.c`). A key is a 32-bit prefix length and the bits, the first one the highest of the first
 * byte. Keys and values lie in linear memory; the tree of them does not.
 */

import type { MapSpec } from "../../spec/index.ts";
import { alignUp } from "../layout.ts";
import type { Machine } from "../machine.ts";
import { type MapInPrograms, mapErrors, updateFlags } from "./map.ts";
import { found, type MapParts, notFound } from "./users.ts";
import { mapValues, reserveValues } from "./value.ts";

const lengthBytes = 4;

/** A prefix, or a place where two of them part (without a slot). */
interface Node {
  readonly lengthBits: number;
  readonly bits: Uint8Array;
  slot: number;
  readonly children: [Node | undefined, Node | undefined];
}

export function lpmTrie(machine: Machine, spec: MapSpec): MapParts {
  const { maxEntries, keySizeBytes } = spec;
  const dataBytes = keySizeBytes - lengthBytes;
  const values = mapValues(machine, spec);
  const objects = reserveValues(machine, maxEntries, 1);
  const keyStride = alignUp(keySizeBytes, 8);
  const strideBytes = keyStride + values.strideBytes;
  const first = machine.allocate(strideBytes * maxEntries);
  const free: number[] = Array.from({ length: maxEntries }, (_, slot) => maxEntries - 1 - slot);
  let root: Node | undefined;

  const keyOf = (slot: number) => first + slot * strideBytes;
  const valueOf = (slot: number) => keyOf(slot) + keyStride;
  const lengthAt = (key: number) => machine.view.getUint32(key, true);
  const bitsAt = (key: number) => machine.u8.subarray(key + lengthBytes, key + keySizeBytes);

  const longest = (key: number): number => {
    const length = lengthAt(key);
    if (length > dataBytes * 8) return -1;
    const bits = bitsAt(key);
    let best = -1;
    for (let node = root; node !== undefined; node = node.children[bitOf(bits, node.lengthBits)]) {
      const common = commonBits(node.bits, bits, Math.min(node.lengthBits, length));
      if (common < node.lengthBits) break;
      if (node.slot >= 0) best = node.slot;
      if (node.lengthBits >= length || node.lengthBits === dataBytes * 8) break;
    }
    return best;
  };
  /** The node of exactly this prefix, and the one above it. */
  const exact = (key: number): { readonly node: Node; readonly parents: readonly Node[] } | undefined => {
    const length = lengthAt(key);
    const bits = bitsAt(key);
    const parents: Node[] = [];
    for (let node = root; node !== undefined; node = node.children[bitOf(bits, node.lengthBits)]) {
      if (commonBits(node.bits, bits, Math.min(node.lengthBits, length)) < node.lengthBits) return undefined;
      if (node.lengthBits === length) return node.slot >= 0 ? { node, parents } : undefined;
      parents.push(node);
    }
    return undefined;
  };

  const newSlot = (key: number, value: number): number => {
    const slot = free.pop();
    if (slot === undefined) return -1;
    machine.u8.copyWithin(keyOf(slot), key, key + keySizeBytes);
    values.place(objects.firstIndex + slot, valueOf(slot));
    values.begin(valueOf(slot), value);
    return slot;
  };
  const freeSlot = (slot: number) => {
    machine.objects.retireAfterRun(objects.firstIndex + slot);
    values.end(valueOf(slot));
    free.push(slot);
  };
  const update = (key: number, value: number, flags: number): number => {
    if (flags > updateFlags.exist || lengthAt(key) > dataBytes * 8) return mapErrors.invalid;
    const there = exact(key);
    if (there !== undefined) {
      if (flags === updateFlags.noExist) return mapErrors.exists;
      machine.u8.copyWithin(keyOf(there.node.slot), key, key + keySizeBytes);
      values.write(valueOf(there.node.slot), value);
      return mapErrors.ok;
    }
    if (flags === updateFlags.exist) return mapErrors.noEntry;
    const slot = newSlot(key, value);
    if (slot < 0) return mapErrors.noSpace;
    root = inserted(root, {
      lengthBits: lengthAt(key),
      bits: bitsAt(key).slice(),
      slot,
      children: [undefined, undefined],
    });
    return mapErrors.ok;
  };
  const remove = (key: number): number => {
    if (lengthAt(key) > dataBytes * 8) return mapErrors.invalid;
    const there = exact(key);
    if (there === undefined) return mapErrors.noEntry;
    freeSlot(there.node.slot);
    there.node.slot = -1;
    prune([...there.parents, there.node]);
    return mapErrors.ok;
  };
  /** Takes out nodes that nothing stands at and where nothing parts, the lowest first. */
  const prune = (path: readonly Node[]) => {
    for (let depth = path.length - 1; depth >= 0; depth--) {
      const node = path[depth]!;
      const [zero, one] = node.children;
      if (node.slot >= 0 || (zero !== undefined && one !== undefined)) return;
      const parent = path[depth - 1];
      const below = zero ?? one;
      if (parent === undefined) root = below;
      else parent.children[parent.children[0] === node ? 0 : 1] = below;
    }
  };

  const pointTo = (slot: number) => found(program, valueOf(slot), machine.objects.handle(objects.firstIndex + slot));
  const program: MapInPrograms = {
    low: 0,
    high: 0,
    lookup(key) {
      const slot = longest(key);
      return slot < 0 ? notFound(program) : pointTo(slot);
    },
    update,
    remove,
  };
  return {
    program,
    read(key, into) {
      const slot = longest(key);
      if (slot < 0) return mapErrors.noEntry;
      values.show(valueOf(slot), into, 0);
      return mapErrors.ok;
    },
    write: update,
    remove,
    keys() {
      const live = slots(root);
      const keys = new Uint8Array(live.length * keySizeBytes);
      for (const [index, slot] of live.entries()) {
        keys.set(machine.u8.subarray(keyOf(slot), keyOf(slot) + keySizeBytes), index * keySizeBytes);
      }
      return keys;
    },
  };
}

/** The tree with `node` in it, whose prefix nothing stands at yet. */
function inserted(at: Node | undefined, node: Node): Node {
  if (at === undefined) return node;
  const common = commonBits(at.bits, node.bits, Math.min(at.lengthBits, node.lengthBits));
  if (common === at.lengthBits && common === node.lengthBits) {
    at.slot = node.slot;
    return at;
  }
  if (common === at.lengthBits) {
    const side = bitOf(node.bits, common);
    at.children[side] = inserted(at.children[side], node);
    return at;
  }
  if (common === node.lengthBits) {
    node.children[bitOf(at.bits, common)] = at;
    return node;
  }
  const parting: Node = { lengthBits: common, bits: node.bits, slot: -1, children: [undefined, undefined] };
  parting.children[bitOf(at.bits, common)] = at;
  parting.children[bitOf(node.bits, common)] = node;
  return parting;
}

/** Longer prefixes before the shorter ones above them, as the kernel walks. */
function slots(node: Node | undefined): number[] {
  if (node === undefined) return [];
  const below = [...slots(node.children[0]), ...slots(node.children[1])];
  return node.slot < 0 ? below : [...below, node.slot];
}

const bitOf = (bits: Uint8Array, index: number): 0 | 1 => ((bits[index >> 3]! >> (7 - (index & 7))) & 1) as 0 | 1;

/** How many of the first `limit` bits are the same. */
function commonBits(one: Uint8Array, other: Uint8Array, limit: number): number {
  for (let index = 0; index * 8 < limit; index++) {
    const differing = one[index]! ^ other[index]!;
    if (differing !== 0) return Math.min(limit, index * 8 + Math.clz32(differing) - 24);
  }
  return limit;
}
