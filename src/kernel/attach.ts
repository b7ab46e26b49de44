/** Attaching a program: one function a kind of hook, in a table. */

import { KernelError } from "../errors/error.ts";
import type { HookKind } from "../spec/index.ts";
import { attachToCgroup } from "./attach-cgroup.ts";
import { attachKernelFunctions } from "./attach-kernel-functions.ts";
import { attachNetfilter, attachToInterface, attachToNamespace, attachXdp } from "./attach-network.ts";
import type { AttachOptions, AttachOptionsByKind } from "./attach-options.ts";
import { attachKernelProbe, attachSamples, attachTracepoint, attachUserProbe } from "./attach-perf.ts";
import { attachReuseport, attachSocketFilter, attachToSocketMap } from "./attach-socket.ts";
import { attachIterator, attachRawTracepoint, attachTracing } from "./attach-tracing.ts";
import { attachStatic, attachUserFunctions } from "./attach-user-functions.ts";
import type { KernelLink } from "./link.ts";
import type { KernelMap } from "./map.ts";
import type { KernelProgram } from "./program.ts";

export type { AttachOptions, AttachOptionsByKind } from "./attach-options.ts";

/** What an attacher may need of the collection that a program is of. */
export interface AttachContext {
  map(name: string): KernelMap;
}

type Attacher<Options> = (program: KernelProgram, options: Options, context: AttachContext) => KernelLink;

const attachers: { readonly [Kind in HookKind]: Attacher<AttachOptionsByKind[Kind]> } = {
  tpBtf: attachTracing,
  fentry: attachTracing,
  fexit: attachTracing,
  modifyReturn: attachTracing,
  lsm: attachTracing,
  extension: attachTracing,
  rawTracepoint: attachRawTracepoint,
  iterator: attachIterator,
  tracepoint: attachTracepoint,
  kprobe: attachKernelProbe,
  kretprobe: attachKernelProbe,
  kprobeMulti: attachKernelFunctions,
  kretprobeMulti: attachKernelFunctions,
  kprobeSession: attachKernelFunctions,
  uprobe: attachUserProbe,
  uretprobe: attachUserProbe,
  uprobeMulti: attachUserFunctions,
  uretprobeMulti: attachUserFunctions,
  uprobeSession: attachUserFunctions,
  usdt: attachStatic,
  perfEvent: attachSamples,
  xdp: attachXdp,
  tcxIngress: attachToInterface,
  tcxEgress: attachToInterface,
  trafficControl: attachToInterface,
  netfilter: attachNetfilter,
  socketLookup: attachToNamespace,
  flowDissector: attachToNamespace,
  socketFilter: attachSocketFilter,
  socketReuseport: attachReuseport,
  skSkbStreamParser: attachToSocketMap,
  skSkbStreamVerdict: attachToSocketMap,
  skSkbVerdict: attachToSocketMap,
  skMsgVerdict: attachToSocketMap,
  lsmCgroup: attachToCgroup,
  cgroupSkbIngress: attachToCgroup,
  cgroupSkbEgress: attachToCgroup,
  socketCreate: attachToCgroup,
  socketRelease: attachToCgroup,
  postBind4: attachToCgroup,
  postBind6: attachToCgroup,
  bind4: attachToCgroup,
  bind6: attachToCgroup,
  connect4: attachToCgroup,
  connect6: attachToCgroup,
  connectUnix: attachToCgroup,
  sendmsg4: attachToCgroup,
  sendmsg6: attachToCgroup,
  recvmsg4: attachToCgroup,
  recvmsg6: attachToCgroup,
  getpeername4: attachToCgroup,
  getpeername6: attachToCgroup,
  getsockname4: attachToCgroup,
  getsockname6: attachToCgroup,
  getSocketOption: attachToCgroup,
  setSocketOption: attachToCgroup,
  cgroupDevice: attachToCgroup,
  cgroupSysctl: attachToCgroup,
  socketOps: attachToCgroup,
  syscall: (program) => {
    throw nowhere(program, "it runs when it is called: use `testRun`");
  },
  structOps: (program) => {
    throw nowhere(program, "attach the map of its structure, by the map's name");
  },
};

/** Attaches a program to the hook in its spec. `options` are those of the hook's kind. */
export function attachProgram<Kind extends HookKind>(
  program: KernelProgram,
  options: AttachOptions<Kind>,
  context: AttachContext,
): KernelLink {
  const attacher = attachers[program.spec.hook.kind] as Attacher<unknown>;
  return attacher(program, options, context);
}

function nowhere({ spec }: KernelProgram, remedy: string): KernelError {
  return new KernelError("ATTACH_NOWHERE", `${spec.name} (${spec.hook.kind}) is not attached by itself: ${remedy}`);
}
