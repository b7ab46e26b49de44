/** Why a run ended before its time, and how that is told. */

import { ProgramError } from "../errors/error.ts";
import type { ProgramSpec } from "../spec/index.ts";

/** Numbers in the cell `status`; 0 is a run that came to its end. */
export const faults = {
  load: 1,
  store: 2,
  readOnly: 3,
  limit: 4,
  depth: 5,
  alignment: 6,
  /** A helper refused its arguments; `Machine.complaint` says which. */
  argument: 7,
  notCallable: 8,
  /** A weak kernel function that is not there was called, or an instruction that names what this system lacks. */
  missing: 9,
  /** The end of the code without an exit. */
  end: 10,
} as const;

/** A name of `faults`. */
export type FaultKind = keyof typeof faults;

const kinds = new Map<number, FaultKind>(Object.entries(faults).map(([kind, number]) => [number, kind as FaultKind]));

/** What is known of a fault. */
export interface Fault {
  readonly kind: FaultKind;
  readonly slot: number;
  /** The pointer that was used, and the size of the access; of loads and stores. */
  readonly address: bigint;
  readonly sizeBytes: number;
  /** In words: what lies there, or what a helper complains of. */
  readonly detail: string;
}

/** The name of a status. */
export const faultKindOf = (status: number): FaultKind | undefined => kinds.get(status);

/** A program did in the sandbox what it may not; the sandbox lives on. `fault` says what, for programs. */
export class SandboxFault extends ProgramError {
  readonly fault: Fault;

  constructor(program: string, place: string | undefined, fault: Fault, excerpt?: string) {
    const at = place === undefined ? "" : `${place}: `;
    super(`SANDBOX_${codes[fault.kind]}`, `${at}${program}, instruction ${fault.slot}: ${messageOf(fault)}`, {
      ...(excerpt !== undefined && { details: excerpt }),
    });
    this.fault = fault;
  }
}

const codes: Readonly<Record<FaultKind, string>> = {
  load: "LOAD",
  store: "STORE",
  readOnly: "READ_ONLY",
  limit: "LIMIT",
  depth: "DEPTH",
  alignment: "ALIGNMENT",
  argument: "ARGUMENT",
  notCallable: "NOT_CALLABLE",
  missing: "MISSING",
  end: "END",
};

function messageOf({ kind, sizeBytes, detail }: Fault): string {
  const bytes = `${sizeBytes} byte${sizeBytes === 1 ? "" : "s"}`;
  switch (kind) {
    case "load":
      return `reads ${bytes} at ${detail}`;
    case "store":
      return `writes ${bytes} at ${detail}`;
    case "readOnly":
      return `writes ${bytes} at ${detail}, which may only be read`;
    case "limit":
      return "runs longer than its limit of instructions; bound its loops, or raise `limit`";
    case "depth":
      return "calls deeper than 8 functions; call fewer inside of one another";
    case "alignment":
      return `changes ${bytes} atomically at an address that is no multiple of ${sizeBytes}`;
    case "argument":
      return detail;
    case "notCallable":
      return `calls ${detail}, which is no function`;
    case "missing":
      return `needs ${detail}, which is not here`;
    case "end":
      return "goes on behind its last instruction; end it with an exit";
  }
}

/** Where a slot stands in the source: `flows.ts:12:3`, with the line itself; `undefined` for code without lines. */
export function placeOf(
  { lines }: Pick<ProgramSpec, "lines">,
  slot: number,
  text: (offset: number) => string,
): { readonly place: string; readonly line: string } | undefined {
  const info = lines.findLast((line) => line.slot <= slot);
  if (info === undefined) return undefined;
  return { place: `${text(info.fileNameOffset)}:${info.line}:${info.column}`, line: text(info.textOffset) };
}
