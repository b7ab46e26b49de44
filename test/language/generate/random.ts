/** Numbers that look random and are the same for the same seed. */

import { type IntegerName, wrap } from "../tree.ts";

const edges = [0n, 1n, 2n, 3n, 7n, 8n, 31n, 32n, 63n, 127n, 128n, 255n, 256n, 32767n, 32768n, 65535n, 65536n];
const wideEdges = [31n, 32n, 63n].flatMap((bit) => [(1n << bit) - 1n, 1n << bit, (1n << bit) + 1n]);

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  /** A number from 0 to `count - 1` (mulberry32). */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) % count;
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True `times` in a hundred. */
  chance(times: number): boolean {
    return this.below(100) < times;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** 64 bits, often at the edge of a width. */
  word(): bigint {
    const kind = this.below(10);
    if (kind < 4) return this.pick(edges);
    if (kind < 6) return this.pick(wideEdges);
    if (kind < 7) return BigInt.asUintN(64, -this.pick(edges));
    return (BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32));
  }

  value(type: IntegerName): bigint {
    return wrap(type, this.word());
  }
}
