/** What the kernel knows of types that are loaded. */

import { textOf } from "./c-string.ts";
import { BtfInfo } from "./info-attribute.ts";
import { addressOf } from "./libc.ts";
import { infoOf } from "./object-info.ts";

/** Types that are loaded: the kernel's own, a module's, or a program's. */
export interface BtfDescription {
  readonly id: number;
  /** `vmlinux`, a module's name, or nothing. */
  readonly name: string;
  readonly ofKernel: boolean;
  readonly sizeBytes: number;
}

/** Describes the types behind `fd`. */
export function btfInfo(fd: number): BtfDescription {
  const name = new Uint8Array(64);
  const given = { name: addressOf(name), nameLength: name.byteLength };
  const { id, btfSize, kernelBtf } = infoOf(fd, BtfInfo, "describe types", given, name);
  return { id, name: textOf(name), ofKernel: kernelBtf !== 0, sizeBytes: btfSize };
}
