/** Maps under names that stay while the programs behind them are exchanged: whoever holds one goes on, and so does who reads a ring. */

import { InputError } from "../errors/error.ts";
import type { LiveRing, Reading } from "./live-ring.ts";

export interface StableMaps {
  readonly maps: Readonly<Record<string, object>>;
  /** Hands over what is unread, before the maps are others. */
  flush(): void;
  /** Goes on reading where rings were read. */
  follow(): void;
  close(): void;
}

interface OpenReading {
  readonly ring: string;
  readonly given: readonly unknown[];
  current: Reading;
}

type AnyRead = (...given: readonly unknown[]) => Reading;

export function stableMaps(current: () => Readonly<Record<string, object>>): StableMaps {
  const held = new Map<string, object>();
  const readings = new Set<OpenReading>();
  const mapNamed = (name: string): object => {
    const map = current()[name];
    if (map === undefined) {
      const known = Object.keys(current()).join(", ") || "none";
      throw new InputError("NAME_UNKNOWN", `the programs of this hook have no map ${name}; they have ${known}`);
    }
    return map;
  };
  const read = (ring: string, given: readonly unknown[]): Reading => {
    const start = (mapNamed(ring) as { read: AnyRead }).read;
    const open: OpenReading = { ring, given, current: start(...given) };
    readings.add(open);
    const close = () => {
      readings.delete(open);
      open.current.close();
    };
    return {
      get failed() {
        return open.current.failed;
      },
      close,
      [Symbol.dispose]: close,
    };
  };
  const stable = (name: string): object =>
    new Proxy(
      {},
      {
        get(_, property) {
          const map = mapNamed(name);
          const value = Reflect.get(map, property, map);
          if (property === "read" && "flush" in map) return (...given: readonly unknown[]) => read(name, given);
          return typeof value === "function" ? value.bind(map) : value;
        },
        has: (_, property) => property in mapNamed(name),
      },
    );
  const rings = () => Object.values(current()).filter((map): map is LiveRing => "flush" in map);
  return {
    maps: new Proxy({} as Record<string, object>, {
      get(_, name) {
        if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
        mapNamed(name);
        const known = held.get(name) ?? stable(name);
        held.set(name, known);
        return known;
      },
      has: (_, name) => name in current(),
      ownKeys: () => Object.keys(current()),
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    }),
    flush() {
      for (const ring of rings()) ring.flush();
      for (const { current: reading } of readings) reading.close();
    },
    follow() {
      for (const open of readings) {
        const ring = current()[open.ring];
        if (ring !== undefined && "flush" in ring)
          open.current = (ring as unknown as { read: AnyRead }).read(...open.given);
        else readings.delete(open);
      }
    },
    close() {
      for (const { current: reading } of readings) reading.close();
      for (const ring of rings()) ring.close();
    },
  };
}
