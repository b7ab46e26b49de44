/** The two ends of a connection as text, decoded once a connection. */

import { rememberListeningPorts } from "../identity/listening.ts";
import { processNames } from "../identity/process.ts";
import { Endpoint, Role } from "../programs/layouts.ts";
import { formatEndpoint } from "../records/index.ts";
import type { EndpointView } from "./events.ts";
import { fieldOffset } from "./field-offset.ts";

/** Who talks to whom, ready to show. */
export interface Party {
  readonly process: { readonly pid: number; readonly name: string };
  readonly role: "server" | "client";
  readonly local: string;
  readonly peer: string;
}

/** Connections that are remembered; beyond that all are forgotten and decoded anew. */
const rememberedLimit = 65_536;

const localAt = fieldOffset(Endpoint, "localHigh");
const peerAt = fieldOffset(Endpoint, "peerHigh");
const localPortAt = fieldOffset(Endpoint, "localPort");
const peerPortAt = fieldOffset(Endpoint, "peerPort");
const nameAt = fieldOffset(Endpoint, "name");
const text = new TextDecoder();
const roleNames: Readonly<Record<number, Party["role"]>> = { [Role.client]: "client", [Role.server]: "server" };

/** Parties by connection. */
export interface Parties {
  of(endpoint: EndpointView): Party;
  forget(endpoint: EndpointView): void;
}

export function rememberParties(ports = rememberListeningPorts(), names = processNames()): Parties {
  const known = new Map<number, Party>();

  const roleOf = ({ view, offset, role, process }: EndpointView): Party["role"] => {
    if (role !== Role.unknown) return roleNames[role]!;
    // Older than the observation, and no HTTP was spoken: it was taken where something listens.
    return ports.isListening(process, readPort(view, offset + localPortAt)) ? "server" : "client";
  };

  const read = (endpoint: EndpointView): Party => {
    const { view, offset, process } = endpoint;
    return {
      process: { pid: process, name: names.nameOf(process, readName(view, offset + nameAt)) },
      role: roleOf(endpoint),
      local: readEndpoint(view, offset + localAt, offset + localPortAt),
      peer: readEndpoint(view, offset + peerAt, offset + peerPortAt),
    };
  };

  return {
    of(endpoint) {
      let party = known.get(endpoint.cookie);
      if (party === undefined || party.process.pid !== endpoint.process || contradicts(party, endpoint)) {
        party = read(endpoint);
        if (known.size >= rememberedLimit) known.clear();
        known.set(endpoint.cookie, party);
      }
      return party;
    },
    forget: (endpoint) => void known.delete(endpoint.cookie),
  };
}

/** A role that was guessed gives way to one that is known. */
const contradicts = ({ role }: Party, endpoint: EndpointView) =>
  endpoint.role !== Role.unknown && role !== roleNames[endpoint.role];

function readEndpoint(view: DataView, addressAt: number, portAt: number): string {
  return formatEndpoint(new Uint8Array(view.buffer, view.byteOffset + addressAt, 16), readPort(view, portAt));
}

const readPort = (view: DataView, at: number) => view.getUint16(at, true);

function readName(view: DataView, at: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, 16);
  const end = bytes.indexOf(0);
  return text.decode(bytes.subarray(0, end < 0 ? 16 : end));
}
