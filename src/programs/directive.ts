// SPDX-License-Identifier: MIT OR GPL-2.0-only

/** What user space tells the kernel about a raw connection, by its socket's cookie. */

import { hash, type u8, u64 } from "../program/index.ts";
import { type Connection, forgetOverlap, Mode, Phase } from "./connection.ts";
import { Direction, Directive, Role } from "./layouts.ts";

export const directives = hash({ key: u64, value: Directive, maxEntries: 4096 });

/**
 * Follows a directive for a raw connection, if there is one: from now on opaque, or clean again. Clean again
 * holds only when the transfer in hand begins a request exactly where user space saw the last exchange end.
 */
export function takeDirective(connection: Connection, direction: u8, offset: u64): void {
  const cookie = connection.exchange.endpoint.cookie;
  const directive = directives.get(cookie);
  if (directive === null) return;
  if (directive.opaque !== 0) {
    connection.mode = Mode.opaque;
    directives.delete(cookie);
    return;
  }
  const served = connection.exchange.endpoint.role === Role.server;
  if ((direction === Direction.received) !== served) return;
  const responseBytes = served ? connection.sentBytes : connection.receivedBytes;
  if (offset !== directive.requestOffset || responseBytes !== directive.responseOffset) return;
  connection.mode = Mode.clean;
  connection.phase = Phase.idle;
  forgetOverlap(connection);
  directives.delete(cookie);
}
