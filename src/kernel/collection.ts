/** A `CollectionSpec` made live: maps created, code relocated for this kernel, programs verified. */

import { applyRelocations, readBtf } from "../btf/index.ts";
import { BugError, InputError, KernelError } from "../errors/error.ts";
import type { CollectionSpec, ConfigSpec, ProgramSpec } from "../spec/collection.ts";
import * as attributes from "./attribute.ts";
import { attribute, bpf, bpfError, tryBpf } from "./bpf.ts";
import { addressOf, closingOnce } from "./libc.ts";
import { attachIterator, attachTracing, type KernelLink } from "./link.ts";
import { createMap, type KernelMap } from "./map.ts";
import { type KernelProgram, loadProgram } from "./program.ts";
import { hookTypeId, kernelTypes } from "./vmlinux.ts";

/** The map that holds read-only configuration. */
export const configMapName = ".rodata";

const pseudoMapFd = 1;
const pseudoMapValue = 2;

/** What may be said at load time. */
export interface LoadOptions {
  /** Values for the collection's `config` variables, by name. Unknown names are refused. */
  readonly config?: Readonly<Record<string, number | bigint | boolean>>;
  /** Programs to load; all of them when absent. */
  readonly programs?: readonly string[];
}

/** A loaded collection. `close` detaches and frees everything in it. */
export interface KernelCollection {
  readonly programs: ReadonlyMap<string, KernelProgram>;
  map(name: string): KernelMap;
  /** Attaches one program; the link closes with the collection. */
  attach(name: string): KernelLink;
  close(): void;
}

/** Loads a collection into the kernel, or leaves nothing behind and throws. */
export function loadCollection(spec: CollectionSpec, options: LoadOptions = {}): KernelCollection {
  const opened: { close(): void }[] = [];
  const close = () => {
    for (const thing of opened.splice(0).reverse()) thing.close();
  };
  const open = <Thing extends { close(): void }>(thing: Thing): Thing => {
    opened.push(thing);
    return thing;
  };
  try {
    const localTypes = readBtf(spec.btf);
    const btfFd = loadBtf(spec);
    open({ close: closingOnce(btfFd) });
    const maps = new Map(spec.maps.map((map) => [map.name, open(createMap(map, btfFd))]));
    const map = (name: string): KernelMap => {
      const found = maps.get(name);
      if (found === undefined) throw new BugError("MAP_UNKNOWN", `the collection ${spec.name} has no map ${name}`);
      return found;
    };
    configure(spec, options.config ?? {}, maps.get(configMapName));

    const programs = new Map<string, KernelProgram>();
    for (const program of spec.programs) {
      if (options.programs !== undefined && !options.programs.includes(program.name)) continue;
      const attachTypeId = hookTypeId(kernelTypes(), program.hook);
      if (attachTypeId === undefined) {
        throw new KernelError(
          "HOOK_ABSENT",
          `this kernel has no ${program.hook.kind} hook ${program.hook.target} (for ${program.name})`,
        );
      }
      const { code, missing } = applyRelocations(program, localTypes, kernelTypes());
      fillMapReferences(program, code, map);
      programs.set(
        program.name,
        open(
          loadProgram(program, {
            code,
            license: spec.license,
            btfFd,
            attachTypeId,
            text: (offset) => localTypes.string(offset),
            missing,
          }),
        ),
      );
    }
    return {
      programs,
      map,
      attach(name) {
        const program = programs.get(name);
        if (program === undefined)
          throw new BugError("PROGRAM_UNKNOWN", `the collection ${spec.name} has no program ${name}`);
        const { hook } = program.spec;
        const link =
          hook.kind === "iterator"
            ? attachIterator(program, hook.map === undefined ? undefined : map(hook.map))
            : attachTracing(program);
        return open(link);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function loadBtf(spec: CollectionSpec): number {
  const values = { btf: addressOf(spec.btf), btfSize: spec.btf.byteLength };
  const fd = tryBpf("btfLoad", attribute(attributes.btfLoad, values), spec.btf);
  if (fd >= 0) return fd;
  const log = new Uint8Array(1 << 20);
  const logged = { ...values, logBuffer: addressOf(log), logSize: log.byteLength, logLevel: 1 };
  const retried = tryBpf("btfLoad", attribute(attributes.btfLoad, logged), spec.btf, log);
  if (retried >= 0) return retried;
  const text = new TextDecoder().decode(log.subarray(0, log.indexOf(0)));
  if (text !== "") throw new BugError("BTF_REFUSED", `the kernel refused the types of ${spec.name}`, { details: text });
  throw bpfError(-fd, `load the types of ${spec.name}`);
}

function configure(spec: CollectionSpec, values: NonNullable<LoadOptions["config"]>, map: KernelMap | undefined): void {
  for (const name of Object.keys(values)) {
    if (!spec.config.some((field) => field.name === name)) {
      throw new InputError(
        "CONFIG_UNKNOWN",
        `${spec.name} has no configuration \`${name}\`; it has ${spec.config.map((field) => field.name).join(", ") || "none"}`,
      );
    }
  }
  if (map === undefined) return;
  const bytes = new Uint8Array(map.spec.valueSizeBytes);
  const view = new DataView(bytes.buffer);
  for (const field of spec.config) writeConfig(view, field, BigInt(values[field.name] ?? field.initial));
  map.set(new Uint8Array(4), bytes);
  bpf("mapFreeze", attributes.mapElement, { mapFd: map.fd }, `freeze the map ${map.spec.name}`);
}

function writeConfig(view: DataView, field: ConfigSpec, value: bigint): void {
  for (let byte = 0; byte < field.sizeBytes; byte++) {
    view.setUint8(field.offset + byte, Number(BigInt.asUintN(8, value >> BigInt(8 * byte))));
  }
}

/** Writes map descriptors into the 64-bit immediate loads that refer to them (`BPF_PSEUDO_MAP_FD`, `BPF_PSEUDO_MAP_VALUE`). */
function fillMapReferences(program: ProgramSpec, code: Uint8Array, map: (name: string) => KernelMap): void {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  for (const reference of program.maps) {
    const at = reference.slot * 8;
    const source = reference.valueOffset === undefined ? pseudoMapFd : pseudoMapValue;
    code[at + 1] = (code[at + 1]! & 0x0f) | (source << 4);
    view.setInt32(at + 4, map(reference.map).fd, true);
    view.setInt32(at + 12, reference.valueOffset ?? 0, true);
  }
}
