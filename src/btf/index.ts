/** BTF, the kernel's type format: build it, read it, and relocate programs by it. */

export { applyRelocations, type RelocatedCode } from "./apply.ts";
export { type BtfBuilder, createBtfBuilder } from "./build.ts";
export { poisonedCall } from "./patch.ts";
export { type Btf, readBtf } from "./read.ts";
export { type Relocated, relocate } from "./relocate.ts";
export { typesToTypeScript } from "./to-typescript.ts";
export * from "./types.ts";
export { sizeOf, skipModifiers } from "./walk.ts";
