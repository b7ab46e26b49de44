/** What the kernel knows of a link. */

import { LinkInfo } from "./info-attribute.ts";
import { infoOf } from "./object-info.ts";

/** Types of links, with the kernel's numbers (`enum bpf_link_type`). */
export const linkTypes = {
  rawTracepoint: 1,
  tracing: 2,
  cgroup: 3,
  iterator: 4,
  networkNamespace: 5,
  xdp: 6,
  perfEvent: 7,
  kprobeMulti: 8,
  structOps: 9,
  netfilter: 10,
  tcx: 11,
  uprobeMulti: 12,
  netkit: 13,
  socketMap: 14,
} as const;

/** The name of a type of link. */
export type LinkTypeName = keyof typeof linkTypes;

/** A link as the kernel describes it. What is not of its type is absent. */
export interface LinkDescription {
  readonly id: number;
  readonly type: LinkTypeName | "unknown";
  readonly programId: number;
  readonly attachType?: number;
  readonly cgroupId?: bigint;
  /** 0 once the interface is gone. */
  readonly interfaceIndex?: number;
  /** The inode of the namespace; 0 once it is gone. */
  readonly networkNamespace?: number;
  /** The type that stands for a hook of the kernel, and the object that it is in. */
  readonly targetTypeId?: number;
  readonly targetObjectId?: number;
  readonly mapId?: number;
  /** How many places a link of many is at. */
  readonly count?: number;
  readonly family?: number;
  readonly hook?: number;
  readonly priority?: number;
}

const typeNames = new Map(Object.entries(linkTypes).map(([name, number]) => [number as number, name as LinkTypeName]));

type Details = Omit<LinkDescription, "id" | "type" | "programId">;

/** What each type tells after the head of `struct bpf_link_info`; offsets are from there. */
const details: Readonly<Partial<Record<LinkTypeName, (view: DataView) => Details>>> = {
  tracing: (view) => ({
    attachType: view.getUint32(0, true),
    targetObjectId: view.getUint32(4, true),
    targetTypeId: view.getUint32(8, true),
  }),
  cgroup: (view) => ({ cgroupId: view.getBigUint64(0, true), attachType: view.getUint32(8, true) }),
  iterator: (view) => ({ mapId: view.getUint32(12, true) }),
  networkNamespace: (view) => ({ networkNamespace: view.getUint32(0, true), attachType: view.getUint32(4, true) }),
  xdp: (view) => ({ interfaceIndex: view.getUint32(0, true) }),
  structOps: (view) => ({ mapId: view.getUint32(0, true) }),
  netfilter: (view) => ({
    family: view.getUint32(0, true),
    hook: view.getUint32(4, true),
    priority: view.getInt32(8, true),
  }),
  kprobeMulti: (view) => ({ count: view.getUint32(8, true) }),
  tcx: (view) => ({ interfaceIndex: view.getUint32(0, true), attachType: view.getUint32(4, true) }),
  uprobeMulti: (view) => ({ count: view.getUint32(36, true) }),
  socketMap: (view) => ({ mapId: view.getUint32(0, true), attachType: view.getUint32(4, true) }),
};

/** Describes the link behind `fd`. */
export function linkInfo(fd: number): LinkDescription {
  const { id, type: number, programId, rest } = infoOf(fd, LinkInfo, "describe a link");
  const type = typeNames.get(number) ?? "unknown";
  const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
  return { id, type, programId, ...(type !== "unknown" && details[type]?.(view)) };
}
