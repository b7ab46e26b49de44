/** Puts the segments of one direction in order: two CPUs may record neighbours the wrong way round. */

import { copyOf, type Segment } from "./segment.ts";

/** How many segments may overtake a missing one before it counts as lost. */
const HELD_LIMIT = 8;
/** How long they may. */
const HELD_LIMIT_NS = 20e6;

export class SegmentOrder {
  readonly #deliver: (segment: Segment) => void;
  #expectedOffset: number | undefined;
  /** Segments after a missing one, by offset. */
  #held: Segment[] = [];

  /** `startOffset`: of the first byte to come, where that is known. */
  constructor(deliver: (segment: Segment) => void, startOffset: number | undefined) {
    this.#deliver = deliver;
    this.#expectedOffset = startOffset;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  push(segment: Segment): void {
    this.#expectedOffset ??= segment.offset;
    if (segment.offset <= this.#expectedOffset) {
      this.#pass(segment);
      this.#passHeld();
    } else {
      this.#hold(copyOf(segment));
    }
    this.expire(segment.timeNs);
  }

  /** Gives up waiting for what should have been here long before `timeNs`. */
  expire(timeNs: number): void {
    const isLate = () => this.#held.some((segment) => timeNs - segment.timeNs > HELD_LIMIT_NS);
    while (this.#held.length > HELD_LIMIT || (this.#held.length > 0 && isLate())) this.#passFirstHeld();
  }

  /** Nothing more will come. */
  flush(): void {
    while (this.#held.length > 0) this.#passFirstHeld();
  }

  #hold(segment: Segment): void {
    const index = this.#held.findIndex((held) => held.offset > segment.offset);
    this.#held.splice(index < 0 ? this.#held.length : index, 0, segment);
  }

  #passFirstHeld(): void {
    const first = this.#held.shift();
    if (first !== undefined) this.#pass(first);
    this.#passHeld();
  }

  #passHeld(): void {
    while (this.#held.length > 0 && this.#held[0]!.offset <= this.#expectedOffset!) this.#pass(this.#held.shift()!);
  }

  #pass(segment: Segment): void {
    this.#expectedOffset = Math.max(this.#expectedOffset!, segment.offset + segment.length);
    this.#deliver(segment);
  }
}
