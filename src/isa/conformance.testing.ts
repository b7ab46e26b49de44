/** For tests: the cases of the public conformance suite, as machine code of another assembler. They are not part of this repository. */

import { readFileSync } from "node:fs";
import { findVectors } from "../bytes/vectors.testing.ts";

export interface ConformanceCase {
  readonly name: string;
  /** Machine code, in hexadecimal digits; empty where there is none. */
  readonly code: string;
  /** What r1 points to, in hexadecimal digits and spaces. */
  readonly mem: string;
  readonly r0: string;
  readonly error: string;
}

const { path, skip } = findVectors("isa", "bytecode.json");

/** Why tests of the cases are to be skipped; `false` when they are there. */
export const noCases: string | false = skip;

/** Cases that end as they should. */
export const conformanceCases: readonly ConformanceCase[] = skip
  ? []
  : (JSON.parse(readFileSync(path, "utf8")) as ConformanceCase[]).filter(
      ({ code, error }) => code !== "" && error === "",
    );

export const memoryOf = ({ mem }: ConformanceCase): Uint8Array =>
  Uint8Array.from(Buffer.from(mem.replaceAll(/\s/g, ""), "hex"));
