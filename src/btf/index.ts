/** BTF, the kernel's type format: build it, read it, and relocate programs by it. */

export { type BtfBuilder, createBtfBuilder } from "./build.ts";
export { type Btf, readBtf } from "./read.ts";
export * from "./types.ts";
