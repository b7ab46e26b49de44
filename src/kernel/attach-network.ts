/** Hooks of interfaces and of network namespaces. */

import { InputError } from "../errors/error.ts";
import { hookKinds } from "../spec/index.ts";
import { createLink } from "./attach-link.ts";
import type { AtInterface, AtNetfilter, AtTrafficControl, AtXdp, InNamespace } from "./attach-options.ts";
import type { KernelLink } from "./link.ts";
import { linkHead, netfilterLink, orderedLink } from "./link-attribute.ts";
import { indexOfInterface, inNetworkNamespace, withNamespace } from "./namespace.ts";
import type { KernelProgram } from "./program.ts";

/** `XDP_FLAGS_SKB_MODE` and `XDP_FLAGS_DRV_MODE`. */
const xdpModes = { generic: 1 << 1, native: 1 << 2 } as const;

/** Attaches to packets as they arrive, before the network stack sees them. */
export function attachXdp(program: KernelProgram, options: AtXdp): KernelLink {
  checkInterface(program, options);
  const flags = options.mode === undefined ? 0 : xdpModes[options.mode];
  return inNetworkNamespace(options.netns, () =>
    createLink(program, linkHead, { target: indexOfInterface(options), flags }, `XDP of ${options.interface}`),
  );
}

/** Attaches to packets of an interface inside the network stack (TCX), after programs that are there. */
export function attachToInterface(program: KernelProgram, options: AtInterface | AtTrafficControl): KernelLink {
  checkInterface(program, options);
  const { kind } = program.spec.hook;
  const isEgress = "direction" in options ? options.direction === "egress" : kind === "tcxEgress";
  const attachType = hookKinds[isEgress ? "tcxEgress" : "tcxIngress"].attach;
  return inNetworkNamespace(options.netns, () =>
    createLink(
      program,
      orderedLink,
      { target: indexOfInterface(options), attachType },
      `${isEgress ? "egress" : "ingress"} of ${options.interface}`,
    ),
  );
}

function checkInterface({ spec }: KernelProgram, options: AtInterface): void {
  if (options.interface === undefined) {
    throw new InputError(
      "ATTACH_INTERFACE",
      `${spec.name} (${spec.hook.kind}) is attached to a network interface: say which, as { interface }`,
    );
  }
}

/** `NFPROTO_*` and `NF_INET_*`. */
const families = { ipv4: 2, ipv6: 10 } as const;
const netfilterHooks = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const;
const defragmentFlag = 1;

/** Attaches beside the rules of netfilter. */
export function attachNetfilter(program: KernelProgram, options: AtNetfilter): KernelLink {
  const { family, hook, priority, defragment = false, netns } = options;
  if (families[family] === undefined || netfilterHooks[hook] === undefined || priority === undefined) {
    throw new InputError(
      "ATTACH_NETFILTER",
      `${program.spec.name} (netfilter) is attached to a place in the network stack: say it, as { family: "ipv4", hook: "input", priority: 0 }`,
    );
  }
  const values = {
    family: families[family],
    hook: netfilterHooks[hook],
    priority,
    netfilterFlags: defragment ? defragmentFlag : 0,
  };
  return inNetworkNamespace(netns, () => createLink(program, netfilterLink, values, `${family} ${hook}`));
}

/** Attaches to all of a network namespace: look-up of sockets, dissection of flows. */
export function attachToNamespace(program: KernelProgram, { netns }: InNamespace): KernelLink {
  return withNamespace(netns, (target) =>
    createLink(program, linkHead, { target }, `the network namespace ${netns ?? "of this thread"}`),
  );
}
