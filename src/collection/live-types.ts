/** The types of a loaded collection, from those of the module that declares it: `LiveCollection<typeof import("./flows.ts")>`. */

import type { ValueOf } from "../bytes/index.ts";
import type {
  AttachOptionsByKind,
  BloomFilter,
  KernelCollection,
  KernelLink,
  KernelMap,
  KernelProgram,
  PerCpuMap,
  QueueMap,
  ReferenceMap,
  StackTraceMap,
  StorageMap,
  TypedMap,
} from "../kernel/index.ts";
import type { hookFunctions } from "../program/hook-table.ts";
import type * as program from "../program/index.ts";
import type { HookKind, TestRunInput, TestRunResult } from "../spec/index.ts";
import type { LiveRing } from "./live-ring.ts";

/** The kind of hook that a program was declared for. */
type KindOf<Declared> = Declared extends program.Program<infer Name> ? (typeof hookFunctions)[Name]["hook"] : never;

/** What `attach` takes: nothing, where nothing has to be said. */
type AttachParameters<Options> = object extends Options ? [options?: Options] : [options: Options];

/** A loaded program. */
export interface LiveProgram<Kind extends HookKind = HookKind> {
  readonly name: string;
  readonly kernel: KernelProgram;
  /** Attaches it; the link closes with the collection. */
  attach(...options: AttachParameters<AttachOptionsByKind[Kind]>): KernelLink;
  /** Runs it here and now, without attaching it. */
  run(input?: TestRunInput | readonly bigint[]): TestRunResult;
}

/** What every loaded map has beside its own methods. */
interface WithKernel {
  readonly kernel: KernelMap;
}

type IsPerCpu<Declared> = Declared extends { readonly type: `${string}erCpu${string}` } ? true : false;

type KeyedMap<Declared, Key, Value> = WithKernel &
  (IsPerCpu<Declared> extends true ? PerCpuMap<Key, Value> : TypedMap<Key, Value>);

/** The shape of a loaded map. */
export type LiveMap<Declared> =
  Declared extends program.HashMap<infer K, infer V>
    ? KeyedMap<Declared, ValueOf<K>, ValueOf<V>>
    : Declared extends program.ArrayMap<infer V>
      ? KeyedMap<Declared, number, ValueOf<V>>
      : Declared extends program.ObjectStorage<infer _Owner, infer V>
        ? WithKernel & StorageMap<ValueOf<V>>
        : Declared extends program.Sequence<infer V>
          ? WithKernel & QueueMap<ValueOf<V>>
          : Declared extends program.BloomFilter<infer V>
            ? WithKernel & BloomFilter<ValueOf<V>>
            : Declared extends program.RingBuffer
              ? WithKernel & LiveRing
              : Declared extends program.StackTraces
                ? WithKernel & StackTraceMap
                : Declared extends { readonly kind: "map"; readonly key: infer K }
                  ? WithKernel & ReferenceMap<ValueOf<K>>
                  : WithKernel & ReferenceMap<number>;

/** Names of what a module exports of some kind. */
type Named<Module, Kind> = {
  [Name in keyof Module]: Module[Name] extends Kind ? Name : never;
}[keyof Module];

/** A collection in the kernel, typed by the module that declares it. */
export interface LiveCollection<Module = Record<string, never>> {
  readonly programs: {
    readonly [Name in Named<Module, { readonly kind: "program" }>]: LiveProgram<KindOf<Module[Name]>>;
  };
  readonly maps: { readonly [Name in Named<Module, { readonly kind: "map" }>]: LiveMap<Module[Name]> };
  /** Global variables, each under `value`, read and written where programs have them. */
  readonly globals: {
    readonly [Name in Named<Module, { value: number } | { value: bigint }>]: {
      value: Module[Name] extends { value: infer Value } ? Value : never;
    };
  };
  /** What the kernel runtime knows it by. */
  readonly kernel: KernelCollection;
  /** Detaches and frees everything. A second time it does nothing. */
  close(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A collection whose module is not known: everything by name, checked when it is used. */
export interface AnyCollection extends Omit<LiveCollection, "programs" | "maps" | "globals"> {
  readonly programs: Readonly<Record<string, LiveProgram<never>>>;
  // biome-ignore lint/suspicious/noExplicitAny: what a map can do is known when it is there
  readonly maps: Readonly<Record<string, any>>;
  readonly globals: Readonly<Record<string, { value: unknown }>>;
}
