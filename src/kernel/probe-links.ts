/** Which kinds of links the running kernel can make, found out without attaching. */

import { existsSync } from "node:fs";
import { type HookKind, type HookKindRow, hookKinds } from "../spec/index.ts";
import { attribute, tryBpf } from "./bpf.ts";
import { cString } from "./c-string.ts";
import { errnoName, errnoNumber } from "./errno.ts";
import { addressOf } from "./libc.ts";
import { kernelProbesLink, netfilterLink, orderedLink, userProbesLink } from "./link-attribute.ts";
import { type ProbeResult, yes } from "./probe-result.ts";
import { hookRequirements } from "./requirements.ts";

/** Attaches in a way that must fail, and tells by the errno whether the kernel knows the link. */
export function probeLink(kind: HookKind, programFd: number): ProbeResult {
  const { attach = 0 }: HookKindRow = hookKinds[kind];
  const head = { programFd, attachType: attach };
  const path = cString("/");
  const one = new Uint8Array(8);
  const refused = (() => {
    switch (kind) {
      case "kprobeMulti":
      case "kretprobeMulti":
      case "kprobeSession":
        // Without a function: EINVAL where the kernel knows it, EOPNOTSUPP where it was built without.
        return tryBpf("linkCreate", attribute(kernelProbesLink, head)) === -errnoNumber("EINVAL")
          ? undefined
          : "EOPNOTSUPP";
      case "uprobeMulti":
      case "uretprobeMulti":
      case "uprobeSession": {
        const values = { ...head, path: addressOf(path), offsets: addressOf(one), count: 1 };
        // A directory is no program: EBADF where the kernel knows it (as libbpf asks).
        const result = tryBpf("linkCreate", attribute(userProbesLink, values), path, one);
        return result === -errnoNumber("EBADF") ? undefined : errnoName(-result);
      }
      case "tcxIngress":
      case "tcxEgress":
      case "trafficControl": {
        const values = { ...head, attachType: hookKinds.tcxIngress.attach, target: 0x7fff_ffff };
        const result = tryBpf("linkCreate", attribute(orderedLink, values));
        return result === -errnoNumber("ENODEV") ? undefined : errnoName(-result);
      }
      case "netfilter": {
        const result = tryBpf("linkCreate", attribute(netfilterLink, { ...head, family: 0 }));
        return result === -errnoNumber("EAFNOSUPPORT") ? undefined : errnoName(-result);
      }
      default:
        return undefined;
    }
  })();
  if (refused === undefined) return kind === "kprobe" || kind === "kretprobe" ? probeSource() : yes;
  const { since, config } = hookRequirements[kind] ?? { since: "?" };
  return {
    available: false,
    reason: `this kernel makes no links of the kind ${kind} (${refused}); it takes Linux ${since}${config === undefined ? "" : ` with ${config}`}`,
  };
}

function probeSource(): ProbeResult {
  return existsSync("/sys/bus/event_source/devices/kprobe/type")
    ? yes
    : {
        available: false,
        reason: `this kernel has no kprobes: it must be built with ${hookRequirements.kprobe?.config}`,
      };
}
