/** What the name of a section says about the programs in it: libbpf's table (`section_defs` of `libbpf.c`), both ways. */

import { InputError } from "../errors/error.ts";
import type { HookKind, HookSpec } from "../spec/hooks.ts";

/** A name of sections: `kprobe` in `kprobe/vfs_read`. The first row of a kind is the one that is written. */
interface SectionRow {
  readonly prefix: string;
  readonly kind: HookKind;
  /** Whether what follows a slash is the target; else only the bare name is right. */
  readonly target?: true;
  readonly sleepable?: true;
}

const rows: readonly SectionRow[] = [
  ...named("socket", "socketFilter"),
  { prefix: "sk_reuseport/migrate", kind: "socketReuseport" },
  ...named("sk_reuseport", "socketReuseport"),
  ...targeted("kprobe", "kprobe"),
  ...targeted("uprobe", "uprobe", "sleepable"),
  ...targeted("kretprobe", "kretprobe"),
  ...targeted("uretprobe", "uretprobe", "sleepable"),
  ...targeted("kprobe.multi", "kprobeMulti"),
  ...targeted("kretprobe.multi", "kretprobeMulti"),
  ...targeted("kprobe.session", "kprobeSession"),
  ...targeted("uprobe.multi", "uprobeMulti", "sleepable"),
  ...targeted("uretprobe.multi", "uretprobeMulti", "sleepable"),
  ...targeted("uprobe.session", "uprobeSession", "sleepable"),
  ...targeted("usdt", "usdt", "sleepable"),
  ...named("tcx/ingress", "tcxIngress"),
  ...named("tcx/egress", "tcxEgress"),
  ...named("tc", "trafficControl"),
  ...named("tc/ingress", "tcxIngress"),
  ...named("tc/egress", "tcxEgress"),
  ...named("classifier", "trafficControl"),
  ...targeted("tracepoint", "tracepoint"),
  ...targeted("tp", "tracepoint"),
  ...targeted("raw_tracepoint", "rawTracepoint"),
  ...targeted("raw_tp", "rawTracepoint"),
  ...targeted("tp_btf", "tpBtf"),
  ...targeted("fentry", "fentry", "sleepable"),
  ...targeted("fmod_ret", "modifyReturn", "sleepable"),
  ...targeted("fexit", "fexit", "sleepable"),
  ...targeted("freplace", "extension"),
  ...targeted("lsm", "lsm", "sleepable"),
  ...targeted("lsm_cgroup", "lsmCgroup"),
  ...targeted("iter", "iterator", "sleepable"),
  { prefix: "syscall", kind: "syscall", sleepable: true },
  ...named("xdp", "xdp"),
  ...named("perf_event", "perfEvent"),
  ...named("sockops", "socketOps"),
  ...named("sk_skb/stream_parser", "skSkbStreamParser"),
  ...named("sk_skb/stream_verdict", "skSkbStreamVerdict"),
  ...named("sk_skb/verdict", "skSkbVerdict"),
  ...named("sk_msg", "skMsgVerdict"),
  ...named("flow_dissector", "flowDissector"),
  ...named("cgroup_skb/ingress", "cgroupSkbIngress"),
  ...named("cgroup_skb/egress", "cgroupSkbEgress"),
  ...named("cgroup/sock_create", "socketCreate"),
  ...named("cgroup/sock", "socketCreate"),
  ...named("cgroup/sock_release", "socketRelease"),
  ...named("cgroup/post_bind4", "postBind4"),
  ...named("cgroup/post_bind6", "postBind6"),
  ...named("cgroup/bind4", "bind4"),
  ...named("cgroup/bind6", "bind6"),
  ...named("cgroup/connect4", "connect4"),
  ...named("cgroup/connect6", "connect6"),
  ...named("cgroup/connect_unix", "connectUnix"),
  ...named("cgroup/sendmsg4", "sendmsg4"),
  ...named("cgroup/sendmsg6", "sendmsg6"),
  ...named("cgroup/recvmsg4", "recvmsg4"),
  ...named("cgroup/recvmsg6", "recvmsg6"),
  ...named("cgroup/getpeername4", "getpeername4"),
  ...named("cgroup/getpeername6", "getpeername6"),
  ...named("cgroup/getsockname4", "getsockname4"),
  ...named("cgroup/getsockname6", "getsockname6"),
  ...named("cgroup/sysctl", "cgroupSysctl"),
  ...named("cgroup/getsockopt", "getSocketOption"),
  ...named("cgroup/setsockopt", "setSocketOption"),
  ...named("cgroup/dev", "cgroupDevice"),
  ...named("sk_lookup", "socketLookup"),
  ...named("netfilter", "netfilter"),
  ...targeted("struct_ops", "structOps", "sleepable"),
];

function named(prefix: string, kind: HookKind): readonly SectionRow[] {
  return [{ prefix, kind }];
}

/** `sleepable`: there is a second name for programs that may sleep, with `.s`. */
function targeted(prefix: string, kind: HookKind, sleepable?: "sleepable"): readonly SectionRow[] {
  const row = { prefix, kind, target: true } as const;
  return sleepable === undefined ? [row] : [row, { ...row, prefix: `${prefix}.s`, sleepable: true }];
}

const byPrefix = new Map(rows.map((row) => [row.prefix, row]));

/** Names that libbpf knows and Tarsier has no kind of hook for. */
const notYet = /^(ksyscall|kretsyscall|action|lwt_|sk_skb$|xdp[./]|raw_tracepoint\.w|raw_tp\.w|cgroup\/(skb|\w+unix)$)/;

/** The hook of programs in a section of that name; an error when the name says none. */
export function hookOfSection(name: string): HookSpec {
  // A leading question mark asks libbpf not to load the program unless told to: ours is told which to load.
  const full = name.startsWith("?") ? name.slice(1) : name;
  const exact = byPrefix.get(full);
  const slash = full.indexOf("/");
  const row = exact ?? (slash === -1 ? undefined : byPrefix.get(full.slice(0, slash)));
  const target = exact === undefined ? full.slice(slash + 1) : "";
  if (row === undefined || (target !== "" && row.target === undefined)) {
    const reason = notYet.test(full) ? "is not supported yet" : "says no kind of program";
    throw new InputError("ELF_UNKNOWN_SECTION", `the section name ${name} ${reason}`);
  }
  return { kind: row.kind, target, ...(row.sleepable && { sleepable: true }) };
}

/** The name of a section for programs of that hook; an error for a hook that libbpf has no name for. */
export function sectionOfHook({ kind, target, sleepable }: HookSpec): string {
  const candidates = rows.filter((row) => row.kind === kind);
  const row = candidates.find((one) => (one.sleepable ?? false) === (sleepable ?? false)) ?? candidates[0];
  if (row === undefined) throw new InputError("ELF_UNKNOWN_HOOK", `no section name says the hook ${kind}`);
  return target === "" || row.target === undefined ? row.prefix : `${row.prefix}/${target}`;
}
