/** Takes a program apart into its functions, as an object holds them: each with what it refers to. */

import type { Btf } from "../../btf/index.ts";
import {
  callOpcode,
  callSources,
  decodeInstruction,
  loadImmediate64,
  pseudoSources,
  slotBytes,
} from "../../isa/index.ts";
import type { ProgramSpec } from "../../spec/collection.ts";

/** One function of a program. Slots of what it holds are its own, from 0. */
export interface ProgramPart {
  readonly name: string;
  /** The program's own function, not one that it calls. */
  readonly entry: boolean;
  readonly code: Uint8Array;
  /** Calls of other parts and loads of their addresses: the part's index in the program. */
  readonly calls: readonly { readonly slot: number; readonly part: number; readonly isCall: boolean }[];
  readonly maps: ProgramSpec["maps"];
  readonly relocations: ProgramSpec["relocations"];
  readonly functions: ProgramSpec["functions"];
  readonly lines: ProgramSpec["lines"];
  readonly kernelFunctions: NonNullable<ProgramSpec["kernelFunctions"]>;
  readonly kernelSymbols: NonNullable<ProgramSpec["kernelSymbols"]>;
}

/** The functions of a program in order; the first is its own. `btf` names the others. */
export function splitProgram(program: ProgramSpec, btf: Btf): ProgramPart[] {
  const references = findReferences(program.code);
  const starts = [
    ...new Set([0, ...program.functions.map(({ slot }) => slot), ...references.map(({ target }) => target)]),
  ];
  starts.sort((one, other) => one - other);
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? program.code.length / slotBytes;
    const inside = ({ slot }: { readonly slot: number }) => slot >= start && slot < end;
    const own = <Record extends { readonly slot: number }>(records: readonly Record[] = []): Record[] =>
      records.filter(inside).map((record) => ({ ...record, slot: record.slot - start }));
    return {
      name: index === 0 ? program.name : nameAt(program, start, btf),
      entry: index === 0,
      code: new Uint8Array(program.code.subarray(start * slotBytes, end * slotBytes)),
      calls: references
        .filter(inside)
        .map(({ slot, target, isCall }) => ({ slot: slot - start, part: starts.indexOf(target), isCall })),
      maps: own(program.maps),
      relocations: own(program.relocations),
      functions: own(program.functions),
      lines: own(program.lines),
      kernelFunctions: own(program.kernelFunctions),
      kernelSymbols: own(program.kernelSymbols),
    };
  });
}

function nameAt(program: ProgramSpec, start: number, btf: Btf): string {
  const typeId = program.functions.find(({ slot }) => slot === start)?.typeId;
  const type = typeId === undefined ? undefined : btf.type(typeId);
  return type?.kind === "func" ? type.name : `${program.name}.${start}`;
}

/** Every instruction that names another function by its distance. */
function findReferences(
  code: Uint8Array,
): { readonly slot: number; readonly target: number; readonly isCall: boolean }[] {
  const view = new DataView(code.buffer, code.byteOffset, code.length);
  const found = [];
  for (let slot = 0; slot < code.length / slotBytes; slot++) {
    const { opcode, src, imm } = decodeInstruction(view, slot * slotBytes);
    const isCall = opcode === callOpcode && src === callSources.local;
    if (isCall || (opcode === loadImmediate64 && src === pseudoSources.function)) {
      found.push({ slot, target: slot + 1 + imm, isCall });
    }
    if (opcode === loadImmediate64) slot++;
  }
  return found;
}

/** Equal for functions that are the same in two programs: their code, and what it refers to, by name. */
export function keyOf(part: ProgramPart, parts: readonly ProgramPart[]): string {
  const { code, calls, lines: _, ...rest } = part;
  const bytes = new Uint8Array(code);
  const view = new DataView(bytes.buffer);
  for (const { slot } of calls) view.setInt32(slot * slotBytes + 4, 0);
  const callees = calls.map(({ slot, part: index }) => [slot, parts[index]!.name]);
  return JSON.stringify([Buffer.from(bytes).toString("base64"), callees, rest]);
}
