/** A line that arrives in pieces: its beginning and its end are kept, its middle only counted, so memory is bounded. */

/** Enough for a method, the part of a target that is kept, and a version. */
export const LINE_KEPT_BYTES = 8192 + 64;
/** Enough for ` HTTP/1.1`, a carriage return and some white space. */
const TAIL_BYTES = 16;
const FIRST_CAPACITY_BYTES = 256;

export class PartialLine {
  /** The first `kept` bytes of the line. */
  bytes = new Uint8Array(0);
  kept = 0;
  /** Of the whole line so far. */
  length = 0;
  /** The last bytes of a line that was too long to keep whole. */
  readonly tail = new Uint8Array(TAIL_BYTES);

  get cut(): boolean {
    return this.length > this.kept;
  }

  append(piece: Uint8Array): void {
    const room = Math.min(piece.length, LINE_KEPT_BYTES - this.kept);
    this.#reserve(this.kept + room);
    this.bytes.set(piece.subarray(0, room), this.kept);
    this.kept += room;
    this.length += piece.length;
    const last = piece.subarray(-TAIL_BYTES);
    this.tail.copyWithin(0, last.length);
    this.tail.set(last, TAIL_BYTES - last.length);
  }

  clear(): void {
    this.kept = 0;
    this.length = 0;
    if (this.bytes.length > FIRST_CAPACITY_BYTES) this.bytes = new Uint8Array(0);
  }

  #reserve(needed: number): void {
    if (needed <= this.bytes.length) return;
    const capacity = Math.max(FIRST_CAPACITY_BYTES, this.bytes.length * 2, needed);
    const grown = new Uint8Array(Math.min(capacity, LINE_KEPT_BYTES));
    grown.set(this.bytes.subarray(0, this.kept));
    this.bytes = grown;
  }
}
