/** Signals that ask Tarsier to end: heard from the beginning to the last step of cleaning up, so that none cuts it short. */

const heard = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Signals as they come. */
export interface Signals {
  /** Settles with the first one. */
  readonly first: Promise<NodeJS.Signals>;
  /** Settles with the second one: whoever sends it is impatient. */
  readonly second: Promise<undefined>;
  /** Whether one has come. Those that come while no turn of the event loop passes are known after it only. */
  readonly any: () => boolean;
  /** From now on signals do again what they do by default. */
  stop(): void;
}

/** Begins to hear signals. */
export function hearSignals(): Signals {
  let received = 0;
  let onFirst: (signal: NodeJS.Signals) => void = () => {};
  let onSecond: () => void = () => {};
  const first = new Promise<NodeJS.Signals>((resolve) => {
    onFirst = resolve;
  });
  const second = new Promise<undefined>((resolve) => {
    onSecond = () => resolve(undefined);
  });
  const listener = (signal: NodeJS.Signals) => (received++ === 0 ? onFirst(signal) : onSecond());
  for (const signal of heard) process.on(signal, listener);
  return {
    first,
    second,
    any: () => received > 0,
    stop() {
      for (const signal of heard) process.off(signal, listener);
    },
  };
}
