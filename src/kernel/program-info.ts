/** What the kernel knows of a program: who it is, what it uses, and what it cost. */

import { type ProgramTypeName, programTypes } from "../spec/index.ts";
import { textOf } from "./c-string.ts";
import { ProgramInfo } from "./info-attribute.ts";
import { addressOf } from "./libc.ts";
import { infoOf } from "./object-info.ts";

/** A program as the kernel describes it. */
export interface ProgramDescription {
  readonly id: number;
  readonly name: string;
  readonly type: ProgramTypeName | "unknown";
  /** The same code has the same tag, on every machine. */
  readonly tag: string;
  readonly loadedAtNs: bigint;
  readonly userId: number;
  readonly isGpl: boolean;
  readonly btfId: number;
  readonly mapIds: readonly number[];
  readonly instructionCount: number;
  readonly machineCodeBytes: number;
  /** Counted only while statistics are enabled. */
  readonly runTimeNs: bigint;
  readonly runCount: bigint;
  readonly recursionMisses: bigint;
}

const typeNames = new Map(
  Object.entries(programTypes).map(([name, number]) => [number as number, name as ProgramTypeName]),
);

/** Describes the program behind `fd`. */
export function programInfo(fd: number): ProgramDescription {
  const { mapCount } = infoOf(fd, ProgramInfo, "describe a program");
  const ids = new Uint8Array(mapCount * 4);
  const given = mapCount === 0 ? {} : { mapCount, mapIds: addressOf(ids) };
  const info = infoOf(fd, ProgramInfo, "describe a program", given, ids);
  return {
    id: info.id,
    name: textOf(info.name),
    type: typeNames.get(info.type) ?? "unknown",
    tag: Buffer.from(info.tag).toString("hex"),
    loadedAtNs: info.loadTime,
    userId: info.createdByUid,
    isGpl: (info.gplCompatible & 1) === 1,
    btfId: info.btfId,
    mapIds: [...new Uint32Array(ids.buffer)],
    instructionCount: info.translatedLength / 8,
    machineCodeBytes: info.jitedLength,
    runTimeNs: info.runTimeNs,
    runCount: info.runCount,
    recursionMisses: info.recursionMisses,
  };
}
