/** Building both twins, and how long that takes. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { collectionFromElf } from "../src/elf/index.ts";
import type { CollectionSpec } from "../src/spec/index.ts";
import { median } from "./statistics.ts";

export interface Built {
  readonly spec: CollectionSpec;
  /** The median of some. */
  readonly compileMs: number;
}

const warmUps = 20;
const timedCompiles = 50;
const timedClangs = 5;

/** The median time of a compiler that is warm. */
export function compileMs(compile: () => unknown): number {
  for (let turn = 0; turn < warmUps; turn++) compile();
  return median(Array.from({ length: timedCompiles }, () => timed(compile)));
}

/** Compiles C as libbpf-tools' Makefile does. */
export function buildWithClang(source: string, object: string, turns = timedClangs): Built {
  const compile = () =>
    execFileSync("clang-19", ["-O2", "-g", "-target", "bpf", "-mcpu=v3", "-c", source, "-o", object]);
  const times = Array.from({ length: turns }, () => timed(compile));
  return { spec: collectionFromElf(readFileSync(object), source), compileMs: median(times) };
}

function timed(run: () => unknown): number {
  const begun = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - begun) / 1e6;
}
