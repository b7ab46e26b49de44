/** Contexts of hooks that a test describes by the names of their members (`program/contexts.ts`), as the bytes that programs see. */

import { InputError } from "../errors/error.ts";
import type { ContextMember } from "../program/context-schema.ts";
import { type ContextName, contexts } from "../program/contexts.ts";
import { parseIp4, parseIp6 } from "./addresses.ts";

/** What a member is, as programs see it. */
export type MemberValue = number | bigint | readonly number[];

/** Members by name. A number that is an IPv4 address, and words that are an IPv6 address, may be text. */
export type DescribedMembers = Readonly<Record<string, unknown>>;

/** Writes a structure that a context points to, and gives its address. */
export type PlaceStruct = (name: ContextName, described: DescribedMembers) => bigint;

/** Sizes of the structures (`include/uapi/linux/bpf.h`), up to their last member that programs have. */
export const contextBytes: Readonly<Record<ContextName, number>> = {
  Socket: 80,
  XdpPacket: 24,
  SocketBuffer: 192,
  TrafficPacket: 192,
  SocketAddress: 72,
  SocketOperation: 224,
  SocketOption: 40,
  SocketLookup: 72,
  SocketMessage: 80,
  ReuseportChoice: 56,
  DeviceAccess: 12,
  SystemControl: 8,
  FlowPacket: 192,
  FlowKeys: 56,
};

/** Writes what is described over `bytes`. Throws `InputError` for a member that the context does not have. */
export function describeContext(
  name: ContextName,
  bytes: Uint8Array,
  described: DescribedMembers,
  place: PlaceStruct,
): void {
  const members: Readonly<Record<string, ContextMember>> = contexts[name].members;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [key, value] of Object.entries(described)) {
    const member = Object.hasOwn(members, key) ? members[key]! : undefined;
    if (member === undefined) {
      throw new InputError("CONTEXT_MEMBER", `${name} has no member ${key}; it has ${Object.keys(members).join(", ")}`);
    }
    writeMember(view, member, value, place);
  }
}

function writeMember(view: DataView, member: ContextMember, value: unknown, place: PlaceStruct): void {
  const { offset } = member;
  switch (member.kind) {
    case "socket":
    case "flowKeys": {
      const struct = member.kind === "socket" ? "Socket" : "FlowKeys";
      const isNone = value === null || value === undefined;
      view.setBigUint64(offset, isNone ? 0n : place(struct, value as DescribedMembers), true);
      return;
    }
    case "words": {
      const list = typeof value === "string" ? parseIp6(value) : (value as readonly number[]);
      for (let index = 0; index < member.length; index++) {
        view.setUint32(offset + 4 * index, list[index] ?? 0, member.networkBits === undefined);
      }
      return;
    }
    case "number": {
      const number = typeof value === "string" ? parseIp4(value) : (value as number | bigint);
      if (member.networkBits === 16) view.setUint16(offset, Number(number));
      else if (member.networkBits === 32) view.setUint32(offset, Number(number));
      else member.type.write(view, offset, (member.type.sizeBytes === 8 ? BigInt(number) : Number(number)) as never);
    }
  }
}

/** Every number of a context, by name. */
export function membersOfContext(name: ContextName, bytes: Uint8Array): Record<string, MemberValue> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members: readonly (readonly [string, ContextMember])[] = Object.entries(contexts[name].members);
  return Object.fromEntries(
    members.flatMap(([key, member]) => {
      const value = readMember(view, member);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function readMember(view: DataView, member: ContextMember): MemberValue | undefined {
  const { offset } = member;
  if (member.kind === "words") {
    const isNetwork = member.networkBits !== undefined;
    return Array.from({ length: member.length }, (_, index) => view.getUint32(offset + 4 * index, !isNetwork));
  }
  if (member.kind !== "number") return undefined;
  if (member.networkBits === 16) return view.getUint16(offset);
  if (member.networkBits === 32) return view.getUint32(offset);
  return member.type.read(view, offset);
}

/** Members whose value is another one than before. */
export function changedMembers(name: ContextName, before: Uint8Array, after: Uint8Array): Record<string, MemberValue> {
  const old = membersOfContext(name, before);
  const isSame = (one: MemberValue, other: MemberValue) => String(one) === String(other);
  return Object.fromEntries(
    Object.entries(membersOfContext(name, after)).filter(([key, value]) => !isSame(value, old[key]!)),
  );
}
