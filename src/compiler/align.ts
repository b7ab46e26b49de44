/**
 * Pass 7, align: accesses to the stack that its places do not suit become several smaller ones.
 *
 * Byte strings are read and written at any position. Map values bear that; of the stack the verifier wants every access
 * aligned (`check_ptr_alignment` of kernel/bpf/verifier.c).
 */

import type { AccessSize } from "../isa/index.ts";
import * as isa from "../isa/index.ts";
import { constantOf } from "./fold.ts";
import { replaceValues } from "./graph.ts";
import type { Operation, Routine, Value } from "./ir.ts";

type Load = Operation & { kind: "load" | "checkedLoad" };
type Store = Operation & { kind: "store" | "checkedStore" };

export function align(routine: Routine): void {
  const onStack = pointersToStack(routine);
  const replacements = new Map<Value, Value>();
  for (const block of routine.blocks) {
    block.body = block.body.flatMap((value) => {
      const { op, operands, place } = value;
      const isAccess =
        op.kind === "load" || op.kind === "store" || op.kind === "checkedLoad" || op.kind === "checkedStore";
      const alignment = onStack.get(operands[0]!);
      if (!isAccess || alignment === undefined || isAligned(op, alignment)) return [value];
      const made: Value[] = [];
      const make = (operation: Operation, given: Value[]): Value => {
        const result: Value = { id: routine.nextId++, op: operation, operands: given, place };
        made.push(result);
        return result;
      };
      if (op.kind === "load" || op.kind === "checkedLoad")
        replacements.set(value, loadPieces(make, op, operands, alignment));
      else storePieces(make, op, operands, alignment);
      return made;
    });
  }
  replaceValues(routine, replacements);
}

type Make = (op: Operation, operands: Value[]) => Value;

function isAligned(op: Load | Store, alignment: number): boolean {
  return (
    op.sizeBytes <= alignment && op.offset % op.sizeBytes === 0 && (!("stride" in op) || op.stride % op.sizeBytes === 0)
  );
}

/** Little-endian: the first piece is the lowest. */
function loadPieces(make: Make, op: Load, operands: Value[], alignment: number): Value {
  let whole: Value | undefined;
  for (const { at, sizeBytes } of pieces(op, alignment)) {
    const piece = make({ ...op, sizeBytes, offset: op.offset + at }, operands);
    const shifted = at === 0 ? piece : calculate(make, isa.lsh, piece, make(constant(at * 8), []));
    whole = whole === undefined ? shifted : calculate(make, isa.or, whole, shifted);
  }
  return whole!;
}

function storePieces(make: Make, op: Store, operands: Value[], alignment: number): void {
  const [stored, rest] = [operands.at(-1)!, operands.slice(0, -1)];
  for (const { at, sizeBytes } of pieces(op, alignment)) {
    const piece = at === 0 ? stored : calculate(make, isa.rsh, stored, make(constant(at * 8), []));
    make({ ...op, sizeBytes, offset: op.offset + at }, [...rest, piece]);
  }
}

function calculate(make: Make, alu: isa.AluOperation, left: Value, right: Value): Value {
  return make({ kind: "alu", alu, width: 64 }, [left, right]);
}

const constant = (value: number): Operation => ({ kind: "constant", value: BigInt(value) });

/** As large as their places allow; bytes where only the run knows the place. */
function pieces(op: Load | Store, alignment: number): { at: number; sizeBytes: AccessSize }[] {
  const found: { at: number; sizeBytes: AccessSize }[] = [];
  for (let at = 0; at < op.sizeBytes; ) {
    const fits = (size: number) => size <= alignment && at + size <= op.sizeBytes && (op.offset + at) % size === 0;
    const sizeBytes = "stride" in op ? 1 : ([4, 2, 1] as const).find(fits)!;
    found.push({ at, sizeBytes });
    at += sizeBytes;
  }
  return found;
}

/** What may be an address of the stack, and the power of two, up to 8, that it is a multiple of. */
function pointersToStack({ blocks }: Routine): ReadonlyMap<Value, number> {
  const known = new Map<Value, number>();
  for (let changed = true; changed; ) {
    changed = false;
    for (const { phis, body } of blocks) {
      for (const value of [...phis, ...body]) {
        const alignment = alignmentOf(value, known);
        if (alignment === undefined || known.get(value) === alignment) continue;
        known.set(value, alignment);
        changed = true;
      }
    }
  }
  return known;
}

function alignmentOf({ op, operands }: Value, known: ReadonlyMap<Value, number>): number | undefined {
  if (op.kind === "frame") return 8;
  if (op.kind !== "phi" && op.kind !== "alu" && op.kind !== "materialize") return undefined;
  const from = operands.flatMap((operand) => known.get(operand) ?? []);
  if (from.length === 0) return undefined;
  const distance = op.kind === "alu" ? (constantOf(operands[1]) ?? 1n) : 0n;
  const ofDistance = [8, 4, 2].find((size) => distance % BigInt(size) === 0n) ?? 1;
  return Math.min(...from, ofDistance);
}
