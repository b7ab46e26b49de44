/** Hooks of sockets and of maps of sockets: the kernel has no links for these. */

import { InputError } from "../errors/error.ts";
import { type HookKindRow, hookKinds } from "../spec/index.ts";
import type { OnSocket, OnSocketMap } from "./attach-options.ts";
import { programAttach } from "./attribute.ts";
import { attribute, type Command, tryBpf } from "./bpf.ts";
import { setSocketOption } from "./libc.ts";
import { type KernelLink, linkWithout } from "./link.ts";
import type { KernelProgram } from "./program.ts";
import { requirementOf } from "./requirements.ts";

/** Options of the socket level, the same on x64 and arm64 (`include/uapi/asm-generic/socket.h`). */
const options = { attachFilter: 50, detachFilter: 27, attachReuseport: 52, detachReuseport: 68 } as const;

/** Cuts or drops what the socket receives. It ends with the socket. */
export function attachSocketFilter(program: KernelProgram, on: OnSocket): KernelLink {
  return onSocket(program, on, options.attachFilter, options.detachFilter);
}

/** Chooses which of the sockets on a port gets what arrives (`SO_REUSEPORT`). */
export function attachReuseport(program: KernelProgram, on: OnSocket): KernelLink {
  return onSocket(program, on, options.attachReuseport, options.detachReuseport);
}

function onSocket(
  program: KernelProgram,
  { socket }: OnSocket,
  attachOption: number,
  detachOption: number,
): KernelLink {
  const { name, hook } = program.spec;
  if (socket === undefined) {
    throw new InputError(
      "ATTACH_SOCKET",
      `${name} (${hook.kind}) is attached to a socket: give its descriptor, as { socket }`,
    );
  }
  const attach = (next: KernelProgram) => {
    const errno = -setSocketOption(socket, attachOption, next.fd);
    if (errno !== 0) throw requirementOf.hook(hook.kind, errno, `attach ${next.spec.name} to the socket ${socket}`);
  };
  attach(program);
  // A socket that is closed has no program any more: detaching may fail, and nothing is left.
  return linkWithout(program, () => void setSocketOption(socket, detachOption, 0), attach);
}

/** Runs for what sockets in the map send or receive. */
export function attachToSocketMap(program: KernelProgram, { map }: OnSocketMap): KernelLink {
  const { name, hook } = program.spec;
  if (map === undefined) {
    throw new InputError("ATTACH_MAP", `${name} (${hook.kind}) is attached to a map of sockets: say which, as { map }`);
  }
  const row: HookKindRow = hookKinds[hook.kind];
  const call = (command: Command, { fd }: KernelProgram) =>
    tryBpf(command, attribute(programAttach, { targetFd: map.fd, programFd: fd, attachType: row.attach ?? 0 }));
  const attach = (next: KernelProgram) => {
    const result = call("programAttach", next);
    if (result < 0)
      throw requirementOf.hook(hook.kind, -result, `attach ${next.spec.name} to the map ${map.spec.name}`);
  };
  attach(program);
  return linkWithout(program, (current) => void call("programDetach", current), attach);
}
