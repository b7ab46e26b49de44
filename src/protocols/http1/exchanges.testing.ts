/** Conversations to test with: generated, written as bytes, cut into segments. */

import fc from "fast-check";
import { ascii } from "./characters.ts";
import { Http1Connection, type Side } from "./connection.ts";
import type { Exchange } from "./pairing.ts";
import type { Segment } from "./segment.ts";

export type BodyPlan =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked"; readonly chunks: readonly number[]; readonly decorated: boolean };

export interface ExchangePlan {
  readonly method: string;
  readonly target: string;
  readonly lineEnd: "\r\n" | "\n";
  readonly requestBody: BodyPlan;
  readonly informational: number;
  readonly status: number;
  readonly responseBody: BodyPlan;
}

export interface Conversation {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  readonly expected: readonly ExpectedExchange[];
}

export type ExpectedExchange = Pick<Exchange, "method" | "target" | "status" | "requestBytes" | "responseBytes">;

const body: fc.Arbitrary<BodyPlan> = fc.oneof(
  fc.constant<BodyPlan>({ kind: "none" }),
  fc.record({ kind: fc.constant("length" as const), bytes: fc.nat(300) }),
  fc.record({
    kind: fc.constant("chunked" as const),
    chunks: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }),
    decorated: fc.boolean(),
  }),
);

const targetCharacters = [..."abcXYZ0189/?&=%-._~"];

export const exchangePlan: fc.Arbitrary<ExchangePlan> = fc.record({
  method: fc.constantFrom("GET", "GET", "POST", "PUT", "HEAD", "DELETE", "PROPFIND"),
  target: fc.string({ unit: fc.constantFrom(...targetCharacters), maxLength: 30 }).map((path) => `/${path}`),
  lineEnd: fc.constantFrom<("\r\n" | "\n")[]>("\r\n", "\r\n", "\n"),
  requestBody: body,
  informational: fc.constantFrom(0, 0, 0, 1, 2),
  status: fc.constantFrom(200, 200, 201, 204, 304, 404, 500),
  responseBody: body,
});

/** Writes plans as the bytes of a connection that stays open. */
export function conversationOf(plans: readonly ExchangePlan[]): Conversation {
  const written = plans.map((plan) => ({ plan, request: requestText(plan), response: responseText(plan) }));
  return {
    request: ascii(written.map(({ request }) => request).join("")),
    response: ascii(written.map(({ response }) => response).join("")),
    expected: written.map(({ plan, request, response }) => ({
      method: plan.method,
      target: plan.target,
      status: plan.status,
      requestBytes: request.length,
      responseBytes: response.length,
    })),
  };
}

function requestText({ method, target, lineEnd, requestBody }: ExchangePlan): string {
  const { fields, content } = bodyText(requestBody, lineEnd);
  return [`${method} ${target} HTTP/1.1`, "Host: shop", ...fields, "", ""].join(lineEnd) + content;
}

function responseText({ method, lineEnd, informational, status, responseBody }: ExchangePlan): string {
  const bodiless = method === "HEAD" || status === 204 || status === 304;
  const plan: BodyPlan = responseBody.kind === "none" && !bodiless ? { kind: "length", bytes: 0 } : responseBody;
  const { fields, content } = bodyText(plan, lineEnd);
  const early = ["HTTP/1.1 103 Early Hints", "Link: </style.css>", "", ""].join(lineEnd).repeat(informational);
  const head = [`HTTP/1.1 ${status} Whatever`, "Server: test", ...fields, "", ""].join(lineEnd);
  return early + head + (bodiless ? "" : content);
}

function bodyText(plan: BodyPlan, lineEnd: string): { fields: string[]; content: string } {
  switch (plan.kind) {
    case "none":
      return { fields: [], content: "" };
    case "length":
      return {
        fields: [`content-LENGTH:  ${plan.bytes} `],
        content: "HTTP/1.1 200 OK\r\n\r\n".repeat(20).slice(0, plan.bytes),
      };
    case "chunked": {
      const extension = plan.decorated ? ";name=value" : "";
      const chunk = (bytes: number) => bytes.toString(16) + extension + lineEnd + "c".repeat(bytes) + lineEnd;
      const trailer = plan.decorated ? `Checksum: 0${lineEnd}` : "";
      const content = `${plan.chunks.map(chunk).join("")}0${lineEnd}${trailer}${lineEnd}`;
      return { fields: ["Transfer-Encoding: gzip, Chunked"], content };
    }
  }
}

/** Cuts bytes into segments at the given places. */
export function segmentsOf(bytes: Uint8Array, cuts: readonly number[], startNs = 1000): Segment[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return places.slice(0, -1).map((offset, index) => {
    const data = bytes.subarray(offset, places[index + 1]!);
    return { offset, length: data.length, timeNs: startNs + index, data };
  });
}

export function segment(offset: number, text: string, timeNs = offset, length = text.length): Segment {
  return { offset, length, timeNs, data: ascii(text) };
}

/** What a connection makes of segments that come in this order. */
export function exchangesOf(steps: Iterable<readonly [Side, Segment]>, { clean = true } = {}): Exchange[] {
  const exchanges: Exchange[] = [];
  const connection = new Http1Connection((exchange) => exchanges.push(exchange));
  for (const [side, step] of steps) connection.push(side, step);
  connection.close(clean);
  return exchanges;
}

/** Merges two lists, taking from the first where `choices` says so. */
export function interleave<A, B>(first: readonly A[], second: readonly B[], choices: readonly boolean[]): (A | B)[] {
  const merged: (A | B)[] = [];
  let [a, b] = [0, 0];
  for (let step = 0; a < first.length || b < second.length; step++) {
    const takeFirst = b === second.length || (a < first.length && (choices[step % choices.length] ?? true));
    merged.push(takeFirst ? first[a++]! : second[b++]!);
  }
  return merged;
}

export const essence = ({ method, target, status, requestBytes, responseBytes }: Exchange): ExpectedExchange => ({
  method,
  target,
  status,
  requestBytes,
  responseBytes,
});
