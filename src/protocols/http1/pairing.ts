/** Which response answers which request: by order, as RFC 9112, section 9.3, has it, and after a loss only when sure. */

import type { FramingFields } from "./fields.ts";
import { type Framing, requestFraming, responseFraming } from "./framing.ts";
import type { MessageEnd } from "./message-listener.ts";
import type { HttpVersion, RequestLine, StatusLine } from "./start-line.ts";

/** One request and its final response. */
export interface Exchange {
  readonly method: string;
  readonly target: string;
  /** The target goes on after what is kept of it. */
  readonly requestTruncated: boolean;
  /** Null where the request broke off before it. */
  readonly version: HttpVersion | null;
  /** Null: nobody answered, or the answer was missed. */
  readonly status: number | null;
  readonly requestBytes: number;
  /** With informational responses that went before the final one. */
  readonly responseBytes: number;
  readonly requestStartNs: number;
  readonly requestEndNs: number;
  /** Of the final response. */
  readonly responseStartNs: number | null;
  readonly responseEndNs: number | null;
  /** Request and response both passed whole. */
  readonly complete: boolean;
}

/** Requests without an answer that are remembered; with more, the answers are elsewhere. */
const PENDING_LIMIT = 1024;

interface Pending {
  readonly line: RequestLine;
  readonly startNs: number;
  readonly maySwitch: boolean;
  end: MessageEnd | null;
  status: number | null;
  informationalBytes: number;
  /** "none": given up waiting. */
  response: MessageEnd | "none" | null;
}

export class Pairing {
  /** Responses to requests that nobody saw. */
  unpairedResponses = 0;
  sawRequest = false;
  /** The connection speaks another protocol now. */
  switched = false;
  readonly #emit: (exchange: Exchange) => void;
  #pending: Pending[] = [];
  /** What the response at hand answers. */
  #answering: Pending | null = null;
  #status = 0;
  /** Messages were missed at some time: from then on, times decide together with order. */
  #lossy: boolean;
  #responseLostNs = Number.NEGATIVE_INFINITY;
  #lastResponseNs = Number.NEGATIVE_INFINITY;
  /** When the last response was there that was not paired. A request from before it may be the one it answered. */
  #lastUnpairedNs = Number.NEGATIVE_INFINITY;
  /** The client has sent a request before the answer to the one before it. */
  #pipelined = false;
  /** Messages were missed and some are pipelined: nobody can tell any more which answer is whose. */
  #tangled = false;
  #closing = false;

  /** `joinedMidway`: requests may have been sent before that nobody saw. */
  constructor(emit: (exchange: Exchange) => void, joinedMidway: boolean) {
    this.#emit = emit;
    this.#lossy = joinedMidway;
  }

  /** Every request that was seen has its answer. */
  get isSettled(): boolean {
    return this.#pending.length === 0 && !this.#tangled;
  }

  /** What follows a request that may switch protocols is no request until the answer says so. */
  mayBeginRequest(): boolean {
    const last = this.#pending.at(-1);
    return !this.switched && (last === undefined || !last.maySwitch || last.response !== null);
  }

  requestHead(line: RequestLine, fields: FramingFields, startNs: number): Framing {
    this.sawRequest = true;
    if (startNs < this.#lastResponseNs || startNs === this.#pending.at(-1)?.startNs) this.#seePipelining();
    this.#pending.push({
      line,
      startNs,
      maySwitch: line.method === "CONNECT" || fields.upgrade,
      end: null,
      status: null,
      informationalBytes: 0,
      response: this.#tangled || startNs <= this.#lastUnpairedNs ? "none" : null,
    });
    if (this.#pending.length > PENDING_LIMIT) this.#tangle();
    return requestFraming(fields);
  }

  requestEnd(end: MessageEnd): void {
    const last = this.#pending.at(-1);
    if (last !== undefined) last.end = end;
    this.#settle();
  }

  requestLost(): void {
    this.#lose();
  }

  /** Whether a response that begins at `startNs` can be read: what it answers is known, or surely was missed. */
  mayBeginResponse(startNs: number): boolean {
    const doubtful = this.#lossy && !this.#tangled && this.#answersDoubtful(startNs);
    const next = this.#pending[0] ?? null;
    const early = next !== null && this.#lossy && startNs < next.startNs;
    const unpaired = doubtful || this.#tangled || early || (next === null && this.#closing);
    if (unpaired) this.#lastUnpairedNs = startNs;
    this.#answering = unpaired ? null : next;
    return unpaired || next?.response === null;
  }

  responseHead(line: StatusLine, fields: FramingFields): Framing {
    this.#status = line.status;
    if (this.#answering !== null) return responseFraming(line.status, this.#answering.line.method, fields);
    // Whether it has a body depends on its request, which may be HEAD.
    const framing = responseFraming(line.status, "GET", fields);
    return framing.kind === "length" && framing.bytes === 0 ? framing : { kind: "unknown" };
  }

  responseEnd(end: MessageEnd): void {
    const answered = this.#answering;
    this.#answering = null;
    const informational = this.#status < 200 && this.#status !== 101;
    if (answered === null) {
      if (!informational) this.#passUnpaired(end);
    } else if (informational) {
      answered.informationalBytes += end.bytes;
    } else {
      answered.status = this.#status;
      answered.response = end;
      this.#lastResponseNs = end.startNs;
      if (this.#pending.length > 1 && this.#pending[1]!.startNs < end.startNs) this.#seePipelining();
      if (end.complete && (this.#status === 101 || this.#isTunnel(answered))) this.switched = true;
      this.#settle();
    }
  }

  /** What looks like one response may hold the answer to a request from before its end. */
  #passUnpaired({ endNs }: MessageEnd): void {
    this.unpairedResponses++;
    this.#lastUnpairedNs = Math.max(this.#lastUnpairedNs, endNs);
    for (const pending of this.#pending) if (pending.startNs <= endNs) pending.response ??= "none";
    this.#settle();
  }

  responseLost(timeNs: number): void {
    this.#responseLostNs = timeNs;
    this.#lose();
  }

  /** No more requests will come: responses need not wait for one. */
  endRequests(): void {
    this.#closing = true;
  }

  /** What has no answer by now gets none. */
  giveUp(): void {
    for (const pending of this.#pending) pending.response ??= "none";
    this.#settle();
  }

  #isTunnel({ line, status }: Pending): boolean {
    return line.method === "CONNECT" && status !== null && status < 300;
  }

  #lose(): void {
    this.#lossy = true;
    if (this.#pipelined) this.#tangle();
  }

  #seePipelining(): void {
    this.#pipelined = true;
    if (this.#lossy) this.#tangle();
  }

  /**
   * After a loss: whether the response that begins now answers nobody knows what. Where a response was missed since a
   * request, this one may be the answer to it or to a later request that was missed as well.
   */
  #answersDoubtful(startNs: number): boolean {
    const candidates = this.#pending.filter((pending) => pending.response === null && pending.startNs <= startNs);
    const lostSince = candidates.length > 0 && this.#responseLostNs >= candidates[0]!.startNs;
    const waitsForAnswers = lostSince && this.#lastResponseNs > Number.NEGATIVE_INFINITY;
    if (candidates.length > 1 && !waitsForAnswers) this.#tangle();
    if (!lostSince || this.#tangled) return false;
    for (const pending of candidates) pending.response = "none";
    this.#responseLostNs = Number.NEGATIVE_INFINITY;
    this.#settle();
    return true;
  }

  #tangle(): void {
    this.#tangled = true;
    this.giveUp();
  }

  /** Hands out, in order, what is over. */
  #settle(): void {
    while (this.#pending[0]?.end && this.#pending[0].response !== null) this.#emit(exchangeOf(this.#pending.shift()!));
  }
}

function exchangeOf({ line, end, status, informationalBytes, response }: Pending): Exchange {
  const answer = response === "none" ? null : response;
  return {
    method: line.method,
    target: line.target,
    requestTruncated: line.requestTruncated,
    version: line.version,
    status,
    requestBytes: end!.bytes,
    responseBytes: informationalBytes + (answer?.bytes ?? 0),
    requestStartNs: end!.startNs,
    requestEndNs: end!.endNs,
    responseStartNs: answer?.startNs ?? null,
    responseEndNs: answer?.endNs ?? null,
    complete: end!.complete && answer?.complete === true,
  };
}
