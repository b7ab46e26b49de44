/** A `CollectionSpec` made live: maps created, code relocated for this kernel, programs verified. */

import { applyRelocations, type Btf, readBtf } from "../btf/index.ts";
import { BugError, InputError } from "../errors/error.ts";
import { pseudoSources } from "../isa/memory.ts";
import { type CollectionSpec, checkConfig, configured, type HookKind, type ProgramSpec } from "../spec/index.ts";
import { type AttachOptions, attachProgram } from "./attach.ts";
import { type AttachTarget, attachTargetOf } from "./attach-target.ts";
import { createMapWith } from "./create-map.ts";
import { withKernelConfig } from "./kernel-config.ts";
import { fillKernelReferences, moduleDescriptors } from "./kernel-references.ts";
import { closeDescriptor, closingOnce } from "./libc.ts";
import type { KernelLink } from "./link.ts";
import { loadBtf } from "./load-btf.ts";
import type { LoadOptions } from "./load-options.ts";
import type { KernelMap } from "./map.ts";
import { defaultPinDirectory } from "./pin.ts";
import { probeHook } from "./probe.ts";
import { type KernelProgram, loadProgram } from "./program.ts";
import { attachStructure, fillStructure, isStructure, prepareStructure } from "./struct-ops.ts";
import { kernelTypes } from "./vmlinux.ts";

/** A loaded collection. `close` detaches and frees everything in it. */
export interface KernelCollection {
  readonly spec: CollectionSpec;
  readonly programs: ReadonlyMap<string, KernelProgram>;
  readonly maps: ReadonlyMap<string, KernelMap>;
  map(name: string): KernelMap;
  program(name: string): KernelProgram;
  /**
   * Attaches one program; the link closes with the collection. What has to be said depends on the kind of its hook:
   * `collection.attach<"xdp">("drop", { interface: "eth0" })`. A map of the type structOps is attached by its name.
   */
  attach<Kind extends HookKind = HookKind>(name: string, options?: AttachOptions<Kind>): KernelLink;
  close(): void;
  [Symbol.dispose](): void;
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
    checkConfig(spec, options.config ?? {});
    const localTypes = readBtf(spec.btf);
    // The kernel refuses types that are none at all.
    const btfFd = localTypes.count > 1 ? loadBtf(spec.btf, spec.name) : -1;
    if (btfFd >= 0) open({ close: closingOnce(btfFd) });
    const maps = loadMaps(spec, localTypes, btfFd, options, open);
    const map = (name: string): KernelMap => {
      const found = maps.get(name);
      if (found === undefined) throw new BugError("MAP_UNKNOWN", `the collection ${spec.name} has no map ${name}`);
      return found;
    };
    const programs = new Map<string, KernelProgram>();
    for (const program of spec.programs) {
      if (options.programs !== undefined && !options.programs.includes(program.name)) continue;
      programs.set(program.name, open(loadOne(spec, program, { localTypes, btfFd, map, options })));
    }
    fillEntries(spec, maps, programs, localTypes);
    const program = (name: string): KernelProgram => {
      const found = programs.get(name);
      if (found === undefined)
        throw new BugError("PROGRAM_UNKNOWN", `the collection ${spec.name} has no program ${name}`);
      return found;
    };
    return {
      spec,
      programs,
      maps,
      map,
      program,
      attach(name, attachOptions) {
        const structure = maps.get(name);
        if (structure !== undefined && isStructure(structure.spec)) return open(attachStructure(structure));
        return open(attachProgram(program(name), (attachOptions ?? {}) as AttachOptions, { map }));
      },
      close,
      [Symbol.dispose]: close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function loadMaps(
  spec: CollectionSpec,
  types: Btf,
  btfFd: number,
  options: LoadOptions,
  open: <Thing extends { close(): void }>(thing: Thing) => Thing,
): ReadonlyMap<string, KernelMap> {
  const pinDirectory = options.pinDirectory ?? defaultPinDirectory;
  for (const name of Object.keys(options.maps ?? {})) {
    if (!spec.maps.some((map) => map.name === name)) {
      throw new InputError("MAP_UNKNOWN", `${spec.name} has no map \`${name}\` that could be another one`);
    }
  }
  return new Map(
    spec.maps.map((plain) => {
      const given = options.maps?.[plain.name];
      if (given !== undefined) return [plain.name, given] as const;
      const configuredMap = configured(spec, plain, options.config ?? {});
      const map = withKernelConfig(configuredMap, spec.kernelConfig ?? []);
      if (isStructure(map)) {
        const { spec: kernelSpec, kernelValueTypeId } = prepareStructure(map, types);
        return [map.name, open(createMapWith(kernelSpec, { btfFd: -1, kernelValueTypeId }))] as const;
      }
      return [map.name, open(createMapWith(map, { btfFd, pinDirectory }))] as const;
    }),
  );
}

/** Kinds whose programs are attached one by one where the kernel has no links of many: as plain probes. */
const plainWithoutMany: ReadonlySet<HookKind> = new Set([
  "kprobeMulti",
  "kretprobeMulti",
  "uprobeMulti",
  "uretprobeMulti",
]);

function withFallback({ hook }: ProgramSpec, target: AttachTarget): AttachTarget {
  if (!plainWithoutMany.has(hook.kind) || probeHook(hook.kind).available) return target;
  return { ...target, expectedAttachType: 0 };
}

interface ProgramParts {
  readonly localTypes: Btf;
  readonly btfFd: number;
  readonly map: (name: string) => KernelMap;
  readonly options: LoadOptions;
}

function loadOne(spec: CollectionSpec, program: ProgramSpec, parts: ProgramParts): KernelProgram {
  const { localTypes, btfFd, map, options } = parts;
  if (program.hook.defined !== undefined) {
    throw new InputError(
      "HOOK_NOT_OF_KERNEL",
      `${program.name} is a program of the hook ${program.hook.defined.name} of an application, which no kernel has: open it with openHook`,
    );
  }
  const target = withFallback(program, attachTargetOf(program, options.extended?.[program.name]));
  const modules = moduleDescriptors();
  try {
    const { code, missing } = applyRelocations(program, localTypes, kernelTypes());
    fillMapReferences(program, code, map);
    const absent = fillKernelReferences(program, code, modules);
    return loadProgram(program, {
      code,
      license: spec.license,
      btfFd,
      target,
      descriptors: modules.list,
      text: (offset) => localTypes.string(offset),
      missing: new Map([...missing, ...absent]),
      verifierLog: options.verifierLog,
    });
  } finally {
    modules.close();
    if (target.ownsObject) closeDescriptor(target.objectFd);
  }
}

/** Writes map descriptors into the 64-bit immediate loads that refer to them (`BPF_PSEUDO_MAP_FD`, `BPF_PSEUDO_MAP_VALUE`). */
function fillMapReferences(program: ProgramSpec, code: Uint8Array, map: (name: string) => KernelMap): void {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  for (const reference of program.maps) {
    const at = reference.slot * 8;
    const source = reference.valueOffset === undefined ? pseudoSources.mapFd : pseudoSources.mapValue;
    code[at + 1] = (code[at + 1]! & 0x0f) | (source << 4);
    view.setInt32(at + 4, map(reference.map).fd, true);
    view.setInt32(at + 12, reference.valueOffset ?? 0, true);
  }
}

/** Puts programs into program arrays and maps into maps of maps; a program that was not loaded leaves its place empty. */
function fillEntries(
  spec: CollectionSpec,
  maps: ReadonlyMap<string, KernelMap>,
  programs: ReadonlyMap<string, KernelProgram>,
  types: Btf,
): void {
  const cell = (number: number) => new Uint8Array(Uint32Array.of(number).buffer);
  for (const mapSpec of spec.maps) {
    const map = maps.get(mapSpec.name)!;
    if (isStructure(mapSpec)) fillStructure(map, mapSpec, types, programs);
    else {
      for (const { index, name } of mapSpec.entries ?? []) {
        const held = maps.get(name) ?? programs.get(name);
        if (held !== undefined) map.set(cell(index), cell(held.fd));
        else if (!spec.programs.some((program) => program.name === name)) {
          throw new BugError("MAP_ENTRY", `${spec.name} has no ${name}, which its map ${mapSpec.name} is to hold`);
        }
      }
    }
  }
}
