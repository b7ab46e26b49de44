/** Boots a kernel in an emulated machine whose root is the host's, read-only, and runs one command in it. */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { exitMarker, guestPlaces, initramfs } from "./initramfs.ts";
import type { Kernel } from "./kernel.ts";

export interface BootOptions {
  readonly kernel: Kernel;
  readonly busybox: string;
  /** The project's root; the guest sees it at `guestPlaces.project`. */
  readonly project: string;
  /** What the guest runs, as a line of shell without single quotes. `node` is in its path. */
  readonly command: string;
  /** The machine is ended after that long, whatever it does. */
  readonly limitMs: number;
  /** Called for each line the command prints. */
  readonly onLine: (line: string) => void;
}

/** How a machine ended: the command's exit status, `undefined` if it never came to an end; and the kernel's console. */
export interface BootResult {
  readonly status: number | undefined;
  readonly console: string;
}

export async function boot(options: BootOptions): Promise<BootResult> {
  const { kernel, busybox, project, limitMs, onLine } = options;
  const work = mkdtempSync(join(tmpdir(), "tarsier-vm-"));
  try {
    const [archive, consoleLog] = [join(work, "initramfs"), join(work, "console")];
    const command = `cd ${guestPlaces.project} && PATH=${guestPlaces.node}:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp CI=true ${options.command}`;
    writeFileSync(archive, initramfs({ busybox, modules: kernel.modules, command, limitSeconds: limitMs / 1000 }));
    const shares = { root: "/", project, node: dirname(process.execPath) };
    const machine = spawn(
      "qemu-system-x86_64",
      [
        ...["-accel", "tcg,thread=multi", "-cpu", "max", "-m", "2048", "-smp", "2", "-no-reboot"],
        ...["-display", "none", "-monitor", "none", "-nic", "none"],
        ...["-serial", `file:${consoleLog}`, "-serial", "stdio"],
        ...["-kernel", kernel.image, "-initrd", archive, "-append", "console=ttyS0 quiet panic=-1"],
        ...Object.entries(shares).flatMap(([tag, path]) => [
          ...["-fsdev", `local,id=${tag},path=${path},security_model=none,readonly=on,multidevs=remap`],
          ...["-device", `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
        ]),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let status: number | undefined;
    createInterface({ input: machine.stdout }).on("line", (raw) => {
      const line = raw.replace(/\r$/, "");
      if (line.startsWith(exitMarker)) status = Number(line.slice(exitMarker.length));
      else onLine(line);
    });
    const limit = setTimeout(() => machine.kill("SIGKILL"), limitMs);
    await new Promise((resolve, reject) => machine.once("error", reject).once("close", resolve));
    clearTimeout(limit);
    return { status, console: readFileSync(consoleLog, "utf8") };
  } finally {
    rmSync(work, { recursive: true });
  }
}
