/** The first file system of a test machine: busybox, modules, and an init that runs one command in the host's root. */

import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** The marker before the exit status of the guest's command, on the second serial line. */
export const exitMarker = "tarsier-vm-exit: ";

/** Folders of the host that the guest sees at fixed places, whatever lies under its own /tmp and /run. */
export const guestPlaces = { root: "/", project: "/run/tarsier/project", node: "/run/tarsier/node" } as const;

export interface InitramfsParts {
  readonly busybox: string;
  readonly modules: readonly string[];
  /** What the guest runs, as a line of shell, in the chroot. */
  readonly command: string;
  /** The machine switches itself off after that long. */
  readonly limitSeconds: number;
}

/** The archive that the kernel unpacks (`newc` of cpio(5)). */
export function initramfs({ busybox, modules, command, limitSeconds }: InitramfsParts): Buffer {
  const script = init(
    modules.map((path) => basename(path)),
    command,
    limitSeconds,
  );
  const folders = ["bin", "dev", "host", "modules", "proc", "sys"];
  return cpio([
    ...folders.map((name) => ({ name, mode: 0o040755, content: Buffer.alloc(0) })),
    { name: "bin/busybox", mode: 0o100755, content: readFileSync(busybox) },
    ...modules.map((path) => ({ name: `modules/${basename(path)}`, mode: 0o100644, content: readFileSync(path) })),
    { name: "init", mode: 0o100755, content: Buffer.from(script) },
  ]);
}

function init(modules: readonly string[], command: string, limitSeconds: number): string {
  const share = (tag: keyof typeof guestPlaces) =>
    `mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose ${tag} /host${guestPlaces[tag]}`;
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
(sleep ${limitSeconds}; echo o >/proc/sysrq-trigger) &
for module in ${modules.join(" ")}; do insmod /modules/$module; done
${share("root")}
mount -t proc proc /host/proc
mount -t sysfs sysfs /host/sys
mount -t devtmpfs devtmpfs /host/dev
mkdir -p /host/dev/shm
mount -t tmpfs tmpfs /host/dev/shm
mount -t tmpfs tmpfs /host/run
mount -t tmpfs tmpfs /host/tmp
mount -t tmpfs tmpfs /host/var/tmp
chmod 1777 /host/tmp /host/var/tmp /host/dev/shm
mount -t bpf bpf /host/sys/fs/bpf
mount -t cgroup2 cgroup2 /host/sys/fs/cgroup
mount -t tracefs tracefs /host/sys/kernel/tracing
mkdir -p /host${guestPlaces.project} /host${guestPlaces.node}
${share("project")}
${share("node")}
ip link set lo up
stty -F /dev/ttyS1 raw 115200
chroot /host /bin/sh -c '${command}' </dev/null >/dev/ttyS1 2>/dev/console
echo "${exitMarker}$?" >/dev/ttyS1
sync
echo o >/proc/sysrq-trigger
sleep 60
`;
}

interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

function cpio(entries: readonly Entry[]): Buffer {
  const last = { name: "TRAILER!!!", mode: 0, content: Buffer.alloc(0) };
  return Buffer.concat(
    [...entries, last].flatMap(({ name, mode, content }, index) => {
      const [inode, owner, group, links, time] = [index + 1, 0, 0, 1, 0];
      const device = [0, 0, 0, 0];
      const fields = [inode, mode, owner, group, links, time, content.length, ...device, name.length + 1, 0];
      const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}${name}\0`;
      return [padded(Buffer.from(header)), padded(content)];
    }),
  );
}

function padded(part: Buffer): Buffer {
  return Buffer.concat([part, Buffer.alloc(-part.length & 3)]);
}
