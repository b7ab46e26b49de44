/** Both directions of one connection → its exchanges, in order, whatever the bytes and however they are cut. */

import { requestKind, responseKind } from "./message-kind.ts";
import { SegmentOrder } from "./order.ts";
import { type Exchange, Pairing } from "./pairing.ts";
import { copyOf, type Segment } from "./segment.ts";
import type { RequestLine, StatusLine } from "./start-line.ts";
import { MessageStream } from "./stream.ts";

/** Who sent a segment: the client sends requests, the server responses. */
export type Side = "request" | "response";

/** A place in each direction, counted from its first byte. */
export interface StreamOffsets {
  readonly request: number;
  readonly response: number;
}

export type ConnectionState =
  | "undecided"
  | "http"
  /** Another protocol was agreed on: nothing more will come of this connection. */
  | "switched"
  /** Something else is spoken here. */
  | "notHttp";

/** What may wait for the other direction, in bytes that were captured and in segments. */
const WAITING_LIMIT_BYTES = 64 * 1024;
const WAITING_LIMIT_SEGMENTS = 64;
/** How much of a connection that was joined in the middle may pass before a request must have been seen. */
const UNDECIDED_LIMIT_BYTES = 1 << 20;

interface Direction {
  readonly stream: MessageStream<RequestLine> | MessageStream<StatusLine>;
  readonly order: SegmentOrder;
  /** Segments that cannot be read before something is known from the other direction. */
  waiting: Segment[];
  waitingBytes: number;
}

export class Http1Connection {
  state: ConnectionState = "undecided";
  readonly #pairing: Pairing;
  readonly #request: Direction;
  readonly #response: Direction;
  readonly #joinedMidway: boolean;

  /**
   * `emit` gets each exchange when it is over; those without an answer at `close` at the latest. `start`: offsets at
   * which a request and its response begin; null where the connection is joined at some place in the middle.
   */
  constructor(emit: (exchange: Exchange) => void, start: StreamOffsets | null = { request: 0, response: 0 }) {
    const pairing = new Pairing(emit, start === null);
    this.#pairing = pairing;
    this.#joinedMidway = start === null;
    const requests = new MessageStream(
      requestKind,
      {
        mayBegin: () => pairing.mayBeginRequest(),
        head: (line, fields, startNs) => pairing.requestHead(line, fields, startNs),
        end: (end) => pairing.requestEnd(end),
        lost: () => pairing.requestLost(),
      },
      start?.request,
    );
    const responses = new MessageStream(
      responseKind,
      {
        mayBegin: (startNs) => pairing.mayBeginResponse(startNs),
        head: (line, fields) => pairing.responseHead(line, fields),
        end: (end) => pairing.responseEnd(end),
        lost: (timeNs) => pairing.responseLost(timeNs),
      },
      start?.response,
    );
    this.#request = this.#direction(requests, start?.request);
    this.#response = this.#direction(responses, start?.response);
  }

  /** Where both directions stand when every message so far is over and answered, so that nothing is in flight. */
  idleAt(): StreamOffsets | undefined {
    const { stream: requests } = this.#request;
    const { stream: responses } = this.#response;
    const idle = this.state === "http" && this.#pairing.isSettled && isIdle(this.#request) && isIdle(this.#response);
    return idle ? { request: requests.offset!, response: responses.offset! } : undefined;
  }

  /** Bytes that could not be read as messages, after a loss or because they are none. */
  get skippedBytes(): number {
    return this.#request.stream.skippedBytes + this.#response.stream.skippedBytes;
  }

  /** How often bytes were missed that messages may have been in. */
  get holes(): number {
    return this.state === "http" ? this.#request.stream.holes + this.#response.stream.holes : 0;
  }

  /** Responses to requests that nobody saw. */
  get unpairedResponses(): number {
    return this.#pairing.unpairedResponses;
  }

  push(side: Side, segment: Segment): void {
    if (this.#isOver()) return;
    const [direction, other] = side === "request" ? [this.#request, this.#response] : [this.#response, this.#request];
    direction.order.push(segment);
    other.order.expire(segment.timeNs);
    this.#readWaiting();
    this.#decide();
  }

  /** The connection is over. `clean`: it ended by agreement, so that a body which ends with it is whole. */
  close(clean = true): void {
    if (this.#isOver()) return;
    this.#request.order.flush();
    this.#response.order.flush();
    this.#readWaiting();
    this.#decide();
    this.#request.stream.close(clean);
    this.#pairing.endRequests();
    this.#readWaiting();
    this.#response.stream.close(clean);
    this.#pairing.giveUp();
  }

  #direction(stream: Direction["stream"], startOffset: number | undefined): Direction {
    const direction: Direction = {
      stream,
      order: new SegmentOrder((segment) => this.#read(direction, segment), startOffset),
      waiting: [],
      waitingBytes: 0,
    };
    return direction;
  }

  #isOver(): boolean {
    return this.state === "switched" || this.state === "notHttp";
  }

  #read(direction: Direction, segment: Segment): void {
    if (direction.waiting.length > 0 || !direction.stream.push(segment)) wait(direction, segment);
  }

  /** Reads what waited, as far as it can be read now. */
  #readWaiting(): void {
    let progress = this.#request.waiting.length + this.#response.waiting.length > 0;
    while (progress) {
      const readRequests = readAgain(this.#request);
      progress = readAgain(this.#response) || readRequests;
    }
  }

  #decide(): void {
    if (this.#pairing.switched) this.#stop("switched");
    else if (this.#pairing.sawRequest) this.state = "http";
    else if (this.#request.stream.skippedBytes > (this.#joinedMidway ? UNDECIDED_LIMIT_BYTES : 0))
      this.#stop("notHttp");
  }

  #stop(state: ConnectionState): void {
    this.state = state;
    this.#pairing.giveUp();
    for (const direction of [this.#request, this.#response]) {
      direction.stream.stop();
      forgetWaiting(direction);
    }
  }
}

function isIdle({ stream, order, waiting }: Direction): boolean {
  return stream.isBetweenMessages && order.isEmpty && waiting.length === 0;
}

/** Keeps a segment for later. With too much waiting, all of it is given up: the stream will see a hole. */
function wait(direction: Direction, segment: Segment): void {
  direction.waiting.push(copyOf(segment));
  direction.waitingBytes += segment.data.length;
  if (direction.waitingBytes > WAITING_LIMIT_BYTES || direction.waiting.length > WAITING_LIMIT_SEGMENTS) {
    forgetWaiting(direction);
  }
}

/** Whether any byte more could be read. */
function readAgain(direction: Direction): boolean {
  const before = direction.stream.offset;
  while (direction.waiting.length > 0 && direction.stream.push(direction.waiting[0]!)) {
    direction.waitingBytes -= direction.waiting.shift()!.data.length;
  }
  return direction.stream.offset !== before;
}

function forgetWaiting(direction: Direction): void {
  direction.waiting = [];
  direction.waitingBytes = 0;
}
