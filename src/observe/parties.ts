/** The two ends of a connection as text, decoded once a connection. */

import { processNames } from "../identity/process.ts";
import { Endpoint, Role } from "../programs/layouts.ts";
import { formatEndpoint } from "../records/index.ts";
import type { EndpointView } from "./events.ts";

/** Who talks to whom, ready to show. */
export interface Party {
  readonly process: { readonly pid: number; readonly name: string };
  readonly role: "server" | "client";
  readonly local: string;
  readonly peer: string;
}

/** Connections that are remembered; beyond that all are forgotten and decoded anew. */
const rememberedLimit = 65_536;

const offsetOf = (name: string) => Endpoint.fields.find((field) => field.name === name)!.offset;
const localAt = offsetOf("localHigh");
const peerAt = offsetOf("peerHigh");
const localPortAt = offsetOf("localPort");
const peerPortAt = offsetOf("peerPort");
const nameAt = offsetOf("name");
const text = new TextDecoder();

/** Parties by connection. */
export interface Parties {
  of(endpoint: EndpointView): Party;
  forget(endpoint: EndpointView): void;
}

export function rememberParties(): Parties {
  const names = processNames();
  const known = new Map<number, Party>();

  const read = ({ view, offset, role, process }: EndpointView): Party => ({
    process: { pid: process, name: names.nameOf(process, readName(view, offset + nameAt)) },
    role: role === Role.server ? "server" : "client",
    local: readEndpoint(view, offset + localAt, offset + localPortAt),
    peer: readEndpoint(view, offset + peerAt, offset + peerPortAt),
  });

  return {
    of(endpoint) {
      let party = known.get(endpoint.cookie);
      if (party === undefined || party.process.pid !== endpoint.process) {
        party = read(endpoint);
        if (known.size >= rememberedLimit) known.clear();
        known.set(endpoint.cookie, party);
      }
      return party;
    },
    forget: (endpoint) => void known.delete(endpoint.cookie),
  };
}

function readEndpoint(view: DataView, addressAt: number, portAt: number): string {
  return formatEndpoint(new Uint8Array(view.buffer, view.byteOffset + addressAt, 16), view.getUint16(portAt, true));
}

function readName(view: DataView, at: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, 16);
  const end = bytes.indexOf(0);
  return text.decode(bytes.subarray(0, end < 0 ? 16 : end));
}
