/** A kernel of Debian's to boot: its image, and the modules that its first minute needs. */

import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cachedPackages, fromPackage, newest, newestPackage } from "./debian.ts";

/** In the order they are loaded in; one that a kernel has built in, or has not, is left out. */
const moduleNames = [
  "virtio_ring",
  "virtio",
  "virtio_pci_modern_dev",
  "virtio_pci_legacy_dev",
  "virtio_pci",
  "netfs",
  "fscache",
  "9pnet",
  "9p",
  "9pnet_virtio",
  "veth",
];

export interface Kernel {
  readonly packageName: string;
  readonly image: string;
  /** Paths of modules, in the order they are to be loaded in. */
  readonly modules: readonly string[];
}

/** The static busybox of Debian's `busybox-static`. */
export function staticBusybox(): string {
  const folder = fromPackage("busybox-static", (unpacked, into) => {
    const path = ["bin/busybox", "usr/bin/busybox"]
      .map((name) => join(unpacked, name))
      .find((name) => existsSync(name));
    if (path === undefined) throw new Error("busybox-static has no busybox");
    copyFileSync(path, join(into, "busybox"));
  });
  return join(folder, "busybox");
}

/** The newest kernel whose package has such a name. What the cache has will do where apt knows none. */
export function findKernel(pattern: RegExp): Kernel {
  const packageName = newestPackage(pattern) ?? newest(cachedPackages(), pattern);
  if (packageName === undefined) throw new Error(`no package is called ${pattern}: is this Debian 12?`);
  const busybox = staticBusybox();
  const folder = fromPackage(packageName, (unpacked, into) => {
    const files = readdirSync(unpacked, { recursive: true, encoding: "utf8" });
    const image = files.find((file) => /^boot\/vmlinuz-/.test(file));
    if (image === undefined) throw new Error(`${packageName} has no boot/vmlinuz`);
    copyFileSync(join(unpacked, image), join(into, "vmlinuz"));
    for (const name of moduleNames) {
      const path = files.find((file) => [`${name}.ko`, `${name}.ko.xz`].includes(basename(file)));
      if (path === undefined) continue;
      const packed = readFileSync(join(unpacked, path));
      const module = path.endsWith(".xz")
        ? execFileSync(busybox, ["xz", "-dc"], { input: packed, maxBuffer: 1 << 26 })
        : packed;
      writeFileSync(join(into, `${name}.ko`), module);
    }
  });
  const modules = moduleNames.map((name) => join(folder, `${name}.ko`)).filter((path) => existsSync(path));
  return { packageName, image: join(folder, "vmlinuz"), modules };
}
