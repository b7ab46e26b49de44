/** Sockets that a program holds for a moment and must give back. */

import * as isa from "../../isa/index.ts";
import type { Value } from "../ir.ts";
import { problem } from "../problem.ts";
import { lowerExpression } from "./expressions.ts";
import { compared, helper, keyOf, type MethodCall } from "./maps.ts";
import type { Operand } from "./operand.ts";

/** `sockets.assign(lookup, key)`: the packet that is being looked up goes to that socket. */
export function assignSocket(call: MethodCall): Operand {
  const { lowering, map, given, place } = call;
  const [lookupNode, keyNode] = given;
  const lookup = lookupNode && lowerExpression(lowering, lookupNode);
  if (lookup?.kind !== "context" || keyNode === undefined) {
    throw problem("mistake", place, "assign takes what the hook handed over, and a key");
  }
  const { builder } = lowering;
  const [found, after] = [builder.newBlock(), builder.newBlock()];
  const result = { name: "assigned", isNumber: true };
  builder.write(result, lowering.constant(0, place));
  const socket = helper(call, "bpf_map_lookup_elem", [map.base, keyOf(call, keyNode)]);
  const operands: [Value, Value] = [socket, lowering.constant(0, place)];
  lowering.branch({ condition: isa.jne, width: 64, operands }, { then: found, otherwise: after }, place);

  lowering.enter(found);
  const status = helper(call, "bpf_sk_assign", [lookup.base, socket, lowering.constant(0, place)]);
  helper(call, "bpf_sk_release", [socket]);
  builder.write(result, compared(lowering, isa.jeq, status, 0, place));
  lowering.jump(after, place);
  lowering.enter(after);
  return { kind: "boolean", value: builder.read(result, place) };
}
